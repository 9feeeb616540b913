package import Numerics

/// Layer-wise adaptive rate scaling.
///
/// Tensors of more than one axis: g ← g + wd·p; λ = η‖p‖/‖g‖ if both norms are positive, else 1; g ← λ g. All tensors
/// then: m ← μ m + g; p ← p − lr·m. The rate multiplies the whole momentum, and λ is inside it. Steps are in proportion to
/// ‖p‖, so that the unit r of a tensor with a trust ratio does not matter.
///
/// Source: You, Gitman and Ginsburg, "Large batch training of convolutional networks" (2017), in the form of the
/// official code of MoCo v3, MAE and efficient probing: η = 0.001, no ε, no Nesterov.
package struct LARS: Optimizer {
    package var momentum: Double
    /// η.
    package var trust: Double
    package var momentCount: Int { 1 }

    package init(momentum: Double, trust: Double) {
        self.momentum = momentum
        self.trust = trust
    }

    @specialized(where S == Float)
    package func move<S: Scalar>(
        _ tensor: UnsafeMutableBufferPointer<S>, against gradient: UnsafeMutableBufferPointer<S>,
        moments: UnsafeMutablePointer<S>, treatment: TensorTreatment, at step: OptimizerStep, on path: KernelPath
    ) {
        guard let (p, g) = pointers(tensor, gradient) else { return }
        guard treatment.isMatrix else {
            SGD(momentum: momentum).move(
                tensor, against: gradient, moments: moments, treatment: treatment, at: step, on: path)
            return
        }
        stepLARS(
            parameters: p, gradient: g, momentum: moments, count: tensor.count, rate: step.learningRate,
            decay: treatment.isDecayed ? step.weightDecay : 0, momentumFactor: momentum, trust: trust, on: path)
    }
}
