public import Numerics

/// Stochastic gradient descent with momentum: g ← g + wd·p; m ← μ m + g; p ← p − lr·m.
///
/// As PyTorch's `SGD` without dampening and Nesterov, but that tensors of one axis are not decayed.
public struct SGD: Optimizer {
    public var momentum: Double
    public var momentCount: Int { 1 }

    public init(momentum: Double) {
        self.momentum = momentum
    }

    @specialized(where S == Float)
    public func move<S: Scalar>(
        _ tensor: UnsafeMutableBufferPointer<S>, against gradient: UnsafeMutableBufferPointer<S>,
        moments: UnsafeMutablePointer<S>, isDecayed: Bool, at step: OptimizerStep
    ) {
        guard let (p, g) = pointers(tensor, gradient) else { return }
        let (momentum, rate) = (S(momentum), S(step.learningRate))
        let decay = S(isDecayed ? step.weightDecay : 0)
        for index in 0..<tensor.count {
            let moved = momentum * moments[index] + (g[index] + decay * p[index])
            moments[index] = moved
            p[index] -= rate * moved
        }
    }
}

/// The addresses of a tensor and its gradient, nil for an empty tensor.
func pointers<S>(
    _ tensor: UnsafeMutableBufferPointer<S>, _ gradient: UnsafeMutableBufferPointer<S>
) -> (UnsafeMutablePointer<S>, UnsafeMutablePointer<S>)? {
    precondition(tensor.count == gradient.count, "a gradient of another length than its tensor")
    guard let tensor = tensor.baseAddress, let gradient = gradient.baseAddress else { return nil }
    return (tensor, gradient)
}
