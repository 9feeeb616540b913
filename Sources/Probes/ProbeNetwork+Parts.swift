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
        BatchNorm.normalize(activations.output, by: state.buffers, on: path)
        return activations.output
    }

    /// What one of M equal chunks of ŷ adds to the logits: ŷ[chunk h] · W_head[:, chunk h]ᵀ.
    @specialized(where S == Float)
    package func logits<S: Scalar>(
        ofChunk query: Int, of queries: Int, _ normalized: MatrixView<S>, state: NetworkState<S>,
        into logits: MatrixView<S>, on path: KernelPath
    ) {
        let width = normalized.columns / queries
        let chunk = query * width..<(query + 1) * width
        multiply(
            normalized.columns(chunk), transposed: false, state.parameters.matrix(weightTensor).columns(chunk),
            transposed: true, into: logits, roundingInputs: state.roundsInputs, on: path)
    }
}
