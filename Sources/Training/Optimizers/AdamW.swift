internal import Foundation
public import Numerics

/// Adam with decoupled weight decay, t counting from 1:
///
/// p ← p − lr·wd·p; m ← β₁ m + (1−β₁) g; v ← β₂ v + (1−β₂) g²; p ← p − lr/(1−β₁ᵗ) · m/(√v/√(1−β₂ᵗ) + ε), ε = 1e-8.
///
/// As PyTorch's `AdamW`, but that tensors of one axis are not decayed. Source: Loshchilov and Hutter, "Decoupled weight
/// decay regularization" (ICLR 2019).
public struct AdamW: Optimizer {
    public var beta1: Double
    public var beta2: Double
    public var momentCount: Int { 2 }

    public init(beta1: Double, beta2: Double) {
        self.beta1 = beta1
        self.beta2 = beta2
    }

    @specialized(where S == Float)
    public func move<S: Scalar>(
        _ tensor: UnsafeMutableBufferPointer<S>, against gradient: UnsafeMutableBufferPointer<S>,
        moments: UnsafeMutablePointer<S>, isDecayed: Bool, at step: OptimizerStep
    ) {
        guard let (p, g) = pointers(tensor, gradient) else { return }
        let (first, second) = (moments, moments + tensor.count)
        let time = Double(step.index + 1)
        let kept = S(1 - (isDecayed ? step.learningRate * step.weightDecay : 0))
        let rate = S(step.learningRate / (1 - pow(beta1, time)))
        let correction = S(1 / (1 - pow(beta2, time)).squareRoot())
        let (old1, new1, old2, new2) = (S(beta1), S(1 - beta1), S(beta2), S(1 - beta2))
        let epsilon: S = 1e-8
        for index in 0..<tensor.count {
            let slope = g[index]
            let mean = old1 * first[index] + new1 * slope
            let square = old2 * second[index] + new2 * (slope * slope)
            first[index] = mean
            second[index] = square
            p[index] = kept * p[index] - rate * (mean / (square.squareRoot() * correction + epsilon))
        }
    }
}
