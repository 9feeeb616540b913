package import Numerics

/// Adam with decoupled weight decay, t counting from 1:
///
/// p ← p − lr·wd·p; m ← β₁ m + (1−β₁) g; v ← β₂ v + (1−β₂) g²; p ← p − lr/(1−β₁ᵗ) · m/(√v/√(1−β₂ᵗ) + ε), ε = 1e-8.
///
/// As PyTorch's `AdamW` with a group of parameters for each tensor: its rate is lr·r, its weight decay wd/r, or 0 where
/// decay does not apply. Source: Loshchilov and Hutter, "Decoupled
/// weight decay regularization" (ICLR 2019).
package struct AdamW: Optimizer {
    package var beta1: Double
    package var beta2: Double
    package var momentCount: Int { 2 }

    package init(beta1: Double, beta2: Double) {
        self.beta1 = beta1
        self.beta2 = beta2
    }

    @specialized(where S == Float)
    package func move<S: Scalar>(
        _ tensor: UnsafeMutableBufferPointer<S>, against gradient: UnsafeMutableBufferPointer<S>,
        moments: UnsafeMutablePointer<S>, treatment: TensorTreatment, at step: OptimizerStep, on path: KernelPath
    ) {
        guard let (p, g) = pointers(tensor, gradient) else { return }
        stepAdamW(
            parameters: p, gradient: g, mean: moments, square: moments + tensor.count, count: tensor.count,
            rate: treatment.unit * step.learningRate,
            decay: treatment.isDecayed ? step.weightDecay / treatment.unit : 0, betas: (beta1, beta2), epsilon: 1e-8,
            step: step.index + 1, on: path)
    }
}
