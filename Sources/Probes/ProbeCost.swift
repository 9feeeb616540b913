/// What a probe costs: trainable parameters and multiply–accumulates per sample, batch norm and the linear head
/// included.
///
/// Matrix products and weighted sums over tokens count; element-wise work (softmax, norms, activations) and what is
/// done once a step instead of once a sample do not.
public struct ProbeCost: Hashable, Sendable {
    public var parameters: Int
    /// The literature's order of evaluation, every projection applied to every token.
    public var reference: MultiplyAccumulates
    /// The order in which this program evaluates.
    public var executed: MultiplyAccumulates

    public init(parameters: Int, reference: MultiplyAccumulates, executed: MultiplyAccumulates) {
        self.parameters = parameters
        self.reference = reference
        self.executed = executed
    }
}

/// Multiply–accumulates (MACs) per sample; one MAC is two floating-point operations.
public struct MultiplyAccumulates: Hashable, Sendable {
    public var forward: Int
    /// Gradients of parameters only: tokens are frozen and have none.
    public var backward: Int

    public init(forward: Int, backward: Int) {
        self.forward = forward
        self.backward = backward
    }

    public static func + (first: Self, second: Self) -> Self {
        MultiplyAccumulates(forward: first.forward + second.forward, backward: first.backward + second.backward)
    }
}
