package import Numerics

/// A probe that reads tokens and weighs them by maps of its own making, outside of the attention core.
///
/// Its forward pass makes each sample's maps, aggregates values by them, and goes on from the aggregates alone. So its
/// maps are seen where they are made, and a head with other maps in their place is evaluated again from there.
package protocol AttendingProbe: GradientProbe {
    /// M; nil for a configuration without maps to read.
    var predictors: Int? { get }
    /// Tokens that a map begins with and that are not the sample's own.
    var leadingTokens: Int { get }
    /// W, the elements of one predictor's aggregate.
    var aggregateWidth: Int { get }

    /// The forward pass, with a visit to each sample's maps on the way.
    func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, visit: MapVisit<S>?, on path: KernelPath)

    /// Z `[n, M · W]`: where the forward pass leaves its aggregates, and `finish` reads them.
    func aggregates<S: Scalar>(_ activations: ProbeActivations<S>) -> MatrixView<S>

    /// Output `[n, D_o]` ← Z, behind a forward pass of the same batch with a visit. Of that pass's aggregates, it is that
    /// pass's output to the last bit.
    func finish<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath)
}

/// Sees one sample's maps before values are aggregated by them.
///
/// - sample: The position in the batch.
/// - maps: `[M, N]`; the next sample's may lie in the same memory.
/// - aggregate: Writes the aggregates `[1, M · W]` of any maps `[M, N]` over this sample's tokens. A predictor's
///   aggregate has the same bits for the same map.
package typealias MapVisit<S: Scalar> = (
    _ sample: Int, _ maps: MatrixView<S>, _ aggregate: (_ maps: MatrixView<S>, _ target: MatrixView<S>) -> Void
) -> Void

extension AttendingProbe {
    package var leadingTokens: Int { 0 }

    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        forward(activations, parameters, visit: nil, on: path)
    }
}

/// The head of a probe that attends by itself, in two parts. For a network of any other probe these are faults of the
/// caller.
extension ProbeNetwork {
    /// Nil for a probe without maps of its own.
    package var attending: (any AttendingProbe)? {
        guard let probe = probe as? any AttendingProbe, probe.predictors != nil, case .tokens = probe.reading else {
            return nil
        }
        return probe
    }

    /// Runs the pooling's forward pass with a visit to each sample's maps, and gives its aggregates, `[n, M · W]`.
    package func attend<S: Scalar>(
        _ inputs: ProbeInputs<S>, state: NetworkState<S>, workspace: NetworkWorkspace<S>, visit: @escaping MapVisit<S>,
        on path: KernelPath
    ) -> MatrixView<S> {
        guard let probe = attending else { preconditionFailure("\(type(of: self.probe).name) makes no maps") }
        let activations = workspace.activations(inputs, state.buffers, isTraining: false)
        probe.forward(activations, state.parameters, visit: visit, on: path)
        return probe.aggregates(activations)
    }

    /// Logits `[n, C]` by the running statistics, from the aggregates that stand where `attend` gave them.
    package func predictFromAggregates<S: Scalar>(
        _ inputs: ProbeInputs<S>, state: NetworkState<S>, workspace: NetworkWorkspace<S>, into logits: MatrixView<S>,
        on path: KernelPath
    ) {
        guard let probe = attending else { preconditionFailure("\(type(of: self.probe).name) makes no maps") }
        let activations = workspace.activations(inputs, state.buffers, isTraining: false)
        probe.finish(activations, state.parameters, on: path)
        normalizeByRunningStatistics(activations.output, state, on: path)
        classify(activations.output, state, into: logits, on: path)
    }
}
