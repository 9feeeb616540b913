package import Numerics

/// Stochastic gradient descent with momentum: g ← g + wd·p; m ← μ m + g; p ← p − lr·m.
///
/// As PyTorch's `SGD` without dampening and Nesterov, with a group of parameters for each tensor: its rate is lr·r², its
/// weight decay wd/r², or 0 where decay does not apply.
package struct SGD: Optimizer {
    package var momentum: Double
    package var momentCount: Int { 1 }

    package init(momentum: Double) {
        self.momentum = momentum
    }

    @specialized(where S == Float)
    package func move<S: Scalar>(
        _ tensor: UnsafeMutableBufferPointer<S>, against gradient: UnsafeMutableBufferPointer<S>,
        moments: UnsafeMutablePointer<S>, treatment: TensorTreatment, at step: OptimizerStep, on path: KernelPath
    ) {
        guard let (p, g) = pointers(tensor, gradient) else { return }
        stepSGD(
            parameters: p, gradient: g, momentum: moments, count: tensor.count,
            rate: treatment.squaredUnit * step.learningRate,
            decay: treatment.isDecayed ? step.weightDecay / treatment.squaredUnit : 0, momentumFactor: momentum,
            on: path)
    }
}

extension TensorTreatment {
    /// r².
    fileprivate var squaredUnit: Double { unit * unit }
}

/// The addresses of a tensor and its gradient, nil for an empty tensor.
func pointers<S>(
    _ tensor: UnsafeMutableBufferPointer<S>, _ gradient: UnsafeMutableBufferPointer<S>
) -> (UnsafeMutablePointer<S>, UnsafeMutablePointer<S>)? {
    precondition(tensor.count == gradient.count, "the gradient and its tensor differ in length")
    guard let tensor = tensor.baseAddress, let gradient = gradient.baseAddress else { return nil }
    return (tensor, gradient)
}
