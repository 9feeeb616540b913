/// What a probe costs: trainable parameters and multiply–accumulates per sample, batch norm and the linear head
/// included.
///
/// Element-wise work (softmax, norms, activations) does not count, nor, as executed, what is done once a step instead of
/// once a sample. Weighted sums over tokens follow one rule for all methods: as executed each counts; in the literature's
/// order it counts what PyTorch's `FlopCounterMode` counts on the published module, where a weighted sum is a matrix
/// product in one method (attention times values) and element-wise in another (`abmilp`, `dolg`, `cbam`). Of samples that
/// differ in length the costs are those of a sample of mean length.
package struct ProbeCost: Hashable, Sendable {
    package var parameters: Int
    /// The literature's order of evaluation, every projection applied to every token: half the FLOPs that PyTorch counts.
    package var reference: MultiplyAccumulates
    /// The order in which this program evaluates.
    package var executed: MultiplyAccumulates

    package init(parameters: Int, reference: MultiplyAccumulates, executed: MultiplyAccumulates) {
        self.parameters = parameters
        self.reference = reference
        self.executed = executed
    }
}

/// Multiply–accumulates (MACs) per sample; one MAC is two floating-point operations.
package struct MultiplyAccumulates: Hashable, Sendable {
    package var forward: Int
    /// Gradients of parameters only: tokens are frozen and have none, but where levels are mixed.
    package var backward: Int

    package init(forward: Int, backward: Int) {
        self.forward = forward
        self.backward = backward
    }

    package static func + (first: Self, second: Self) -> Self {
        MultiplyAccumulates(forward: first.forward + second.forward, backward: first.backward + second.backward)
    }
}
