package import Numerics

/// Pooled vectors of one batch after batch norm: the input of all linear heads on the same rows.
package struct NormalizedBatch<S: Scalar>: Sendable {
    /// ŷ `[n, D_o]`.
    package let values: MatrixView<S>
    /// Mean and variance of the batch, `[2, D_o]`.
    private let statistics: MatrixView<S>

    /// - Parameters:
    ///   - reading: y `[n, D_o]`, n ≥ 2.
    ///   - values: `[n, D_o]`, overwritten.
    ///   - statistics: `[2, D_o]`, overwritten.
    package init(
        _ reading: MatrixView<S>, into values: MatrixView<S>, statistics: MatrixView<S>, on path: KernelPath
    ) {
        self.values = values
        self.statistics = statistics
        Numerics.BatchNorm.statistics(of: reading, mean: mean, variance: variance, on: path)
        Numerics.BatchNorm.normalise(
            reading, mean: mean, variance: variance, epsilon: BatchNorm.epsilon, into: values, on: path)
    }

    fileprivate var mean: UnsafeMutablePointer<S> { statistics.pointer }
    fileprivate var variance: UnsafeMutablePointer<S> { statistics.pointer + statistics.stride }
}

/// Training of networks in which only the head trains. The work that heads on the same rows share, batch norm and the
/// products with its result, is done for all of them at once, with their W stacked.
extension ProbeNetwork {
    /// Whether the output is the pooled vector itself, so that only the head behind its norm is trained.
    package var isLinear: Bool {
        guard case .pooled = probe.reading else { return false }
        return !trainsPooling && probe.normalizesOutput && probe.outputWidth == probe.readingWidth
    }

    /// W of the head, `[C, D_o]`, or its gradient.
    package func headWeight<S: Scalar>(_ tensors: TensorBlock<S>) -> MatrixView<S> {
        tensors.matrix(weightTensor)
    }

    /// From ŷ Wᵀ to the loss and its gradient by the logits, in their place; writes the gradient of b and moves the
    /// running statistics.
    @specialized(where S == Float)
    package func differentiate<S: Scalar>(
        _ logits: MatrixView<S>, _ batch: NormalizedBatch<S>, objective: BatchObjective, state: NetworkState<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) -> Double {
        BatchNorm.move(state.buffers, towards: batch.mean, batch.variance, count: batch.values.rows)
        addRow(state.parameters.matrix(biasTensor).pointer, to: logits, on: path)
        let loss = objective.differentiate(logits, on: path)
        columnSums(logits, into: gradients.matrix(biasTensor).pointer, on: path)
        return loss
    }
}
