package import Numerics

/// Stochastic gradient descent with momentum: g ← g + wd·p; m ← μ m + g; p ← p − lr·m.
///
/// As PyTorch's `SGD` without dampening and Nesterov, except that tensors of one axis are not decayed.
package struct SGD: Optimizer {
    package var momentum: Double
    package var momentCount: Int { 1 }

    package init(momentum: Double) {
        self.momentum = momentum
    }

    @specialized(where S == Float)
    package func move<S: Scalar>(
        _ tensor: UnsafeMutableBufferPointer<S>, against gradient: UnsafeMutableBufferPointer<S>,
        moments: UnsafeMutablePointer<S>, isDecayed: Bool, at step: OptimizerStep, on path: KernelPath
    ) {
        guard let (p, g) = pointers(tensor, gradient) else { return }
        stepSGD(
            parameters: p, gradient: g, momentum: moments, count: tensor.count, rate: step.learningRate,
            decay: isDecayed ? step.weightDecay : 0, momentumFactor: momentum, on: path)
    }
}

/// The addresses of a tensor and its gradient, nil for an empty tensor.
func pointers<S>(
    _ tensor: UnsafeMutableBufferPointer<S>, _ gradient: UnsafeMutableBufferPointer<S>
) -> (UnsafeMutablePointer<S>, UnsafeMutablePointer<S>)? {
    precondition(tensor.count == gradient.count, "the gradient and its tensor differ in length")
    guard let tensor = tensor.baseAddress, let gradient = gradient.baseAddress else { return nil }
    return (tensor, gradient)
}
