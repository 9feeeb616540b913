internal import CKernels

/// One step of LARS for a tensor of several axes (You et al., 2017; probing_methods B.1):
///
///     g' = λ (g + decay · p)      λ = trust · ‖p‖ / ‖g + decay · p‖, or 1 where a norm is zero
///     m ← momentum · m + g'       p ← p − rate · m
package func stepLARS<S: Scalar>(
    parameters: UnsafeMutablePointer<S>, gradient: UnsafePointer<S>, momentum: UnsafeMutablePointer<S>, count: Int,
    rate: Double, decay: Double, momentumFactor: Double = 0.9, trust: Double = 0.001, on path: KernelPath
) {
    kernels(for: S.self, on: path).momentum_step(
        parameters, gradient, momentum, count, rate, decay, momentumFactor, trust, 1)
}

/// One step of gradient descent with momentum, which is also LARS for a tensor of one axis (with no decay):
/// m ← momentum · m + g + decay · p, p ← p − rate · m.
package func stepSGD<S: Scalar>(
    parameters: UnsafeMutablePointer<S>, gradient: UnsafePointer<S>, momentum: UnsafeMutablePointer<S>, count: Int,
    rate: Double, decay: Double = 0, momentumFactor: Double = 0.9, on path: KernelPath
) {
    kernels(for: S.self, on: path).momentum_step(
        parameters, gradient, momentum, count, rate, decay, momentumFactor, 1, 0)
}

/// One step of AdamW (Loshchilov and Hutter, 2019) with PyTorch's bias correction:
///
///     p ← p (1 − rate · decay)    m ← β₁ m + (1 − β₁) g    v ← β₂ v + (1 − β₂) g²
///     p ← p − rate · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
/// - Parameter step: t, counted from 1.
package func stepAdamW<S: Scalar>(
    parameters: UnsafeMutablePointer<S>, gradient: UnsafePointer<S>, mean: UnsafeMutablePointer<S>,
    square: UnsafeMutablePointer<S>, count: Int, rate: Double, decay: Double, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, step: Int, on path: KernelPath
) {
    kernels(for: S.self, on: path).adam_step(
        parameters, gradient, mean, square, count, rate, decay, betas.0, betas.1, epsilon, Double(step))
}

/// Σ x², in double precision over blocks of elements; a function of the elements and their number.
package func sumOfSquares<S: Scalar>(_ x: UnsafePointer<S>, count: Int, on path: KernelPath) -> Double {
    kernels(for: S.self, on: path).squares(x, count)
}
