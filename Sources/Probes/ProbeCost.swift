/// What a probe costs: trainable parameters and multiply–accumulates per sample, batch norm and the linear head
/// included.
///
/// Matrix products and weighted sums over tokens count; element-wise work (softmax, norms, activations) and what is
/// done once a step instead of once a sample do not.
package struct ProbeCost: Hashable, Sendable {
    package var parameters: Int
    /// The literature's order of evaluation, every projection applied to every token.
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
    /// Gradients of parameters only: tokens are frozen and have none.
    package var backward: Int

    package init(forward: Int, backward: Int) {
        self.forward = forward
        self.backward = backward
    }

    package static func + (first: Self, second: Self) -> Self {
        MultiplyAccumulates(forward: first.forward + second.forward, backward: first.backward + second.backward)
    }
}
