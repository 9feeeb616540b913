package import Numerics

/// The logits in parts, for those who evaluate a head again with another reading.
extension ProbeNetwork {
    /// ŷ `[n, D_o]`, the pooled output after batch norm by the running statistics, in the workspace's memory.
    @specialized(where S == Float)
    package func normalized<S: Scalar>(
        _ inputs: ProbeInputs<S>, state: NetworkState<S>, workspace: NetworkWorkspace<S>, on path: KernelPath
    ) -> MatrixView<S> {
        let activations = workspace.activations(inputs, state.buffers, isTraining: false)
        probe.forward(activations, state.parameters, on: path)
        normalizeByRunningStatistics(activations.output, state, on: path)
        return activations.output
    }

    /// Logits `[n, C]` ← logits + sign · change[chunk h] · W_head[:, chunk h]ᵀ, of one of M equal chunks of ŷ.
    ///
    /// - Parameter change: Of ŷ, `[n, D_o]`.
    @specialized(where S == Float)
    package func add<S: Scalar>(
        chunk query: Int, of queries: Int, _ change: MatrixView<S>, sign: S, state: NetworkState<S>,
        to logits: MatrixView<S>, on path: KernelPath
    ) {
        let width = change.columns / queries
        let chunk = query * width..<(query + 1) * width
        multiply(
            change.columns(chunk), transposed: false, state.parameters.matrix(weightTensor).columns(chunk),
            transposed: true, into: logits, alpha: sign, accumulate: true, roundingInputs: state.roundsInputs, on: path)
    }
}
