package import Numerics

/// A probe's input for a batch of n samples.
package struct ProbeInputs<S: Scalar>: Sendable {
    /// n.
    package let count: Int
    /// The pooled vectors, or the core's Z: `[n, readingWidth]`; without columns for probes that read tokens.
    package let reading: MatrixView<S>
    /// The core's Z and ζ rounded, in place of the reading and its gradient, if the probe's demand allows it.
    package let rounded: RoundedReading?
    /// The summaries that the probe requests, concatenated: `[n, contextWidth]`.
    package let context: MatrixView<S>
    /// Each sample's tokens, for probes that read tokens.
    package let tokens: [TokenView]

    package init(
        reading: MatrixView<S>, rounded: RoundedReading? = nil, context: MatrixView<S>? = nil, tokens: [TokenView] = []
    ) {
        count = reading.rows
        self.reading = reading
        self.rounded = rounded
        self.context = context ?? MatrixView(pointer: reading.pointer, rows: reading.rows, columns: 0)
        self.tokens = tokens
    }
}

/// A probe's working memory for one batch of n samples, from its query side to the end of its backward pass.
package struct ProbeActivations<S: Scalar>: Sendable {
    package let inputs: ProbeInputs<S>
    /// `[n, savedWidth]`, the probe's own.
    package let saved: MatrixView<S>
    /// `[1, scratchWidth]`, the probe's own.
    package let scratch: MatrixView<S>
    /// `[n, D_o]`.
    package let output: MatrixView<S>
    /// The probe's own buffers.
    package let buffers: TensorBlock<S>
    /// Whether statistics are the batch's own, or the running ones.
    package let isTraining: Bool

    package var count: Int { inputs.count }
    package var reading: MatrixView<S> { inputs.reading }
    package var context: MatrixView<S> { inputs.context }
}

/// The query side of the attention core, or the gradient of it.
package struct AttentionQueries<S: Scalar>: Sendable {
    /// G, the scale included: `[M, D]`, or `[n · M, D]` where samples have queries of their own.
    package let queries: MatrixView<S>
    /// `[E, D]`.
    package let extraTokens: MatrixView<S>
    /// M.
    package let count: Int

    package init(queries: MatrixView<S>, extraTokens: MatrixView<S>, count: Int) {
        self.queries = queries
        self.extraTokens = extraTokens
        self.count = count
    }

    /// G ← 0.
    func clearQueries() {
        for row in 0..<queries.rows { queries.row(row).update(repeating: 0) }
    }

    /// G with one row for each set of queries: `[1, M · D]` or `[n, M · D]`.
    var sets: MatrixView<S> {
        MatrixView(pointer: queries.pointer, rows: queries.rows / count, columns: count * queries.columns)
    }
}
