public import Numerics

/// What a probe gets of a batch of n samples.
public struct ProbeInputs<S: Scalar>: Sendable {
    /// n.
    public let count: Int
    /// The pooled vectors, or the core's Z: `[n, readingWidth]`; without columns for probes that read tokens.
    public let reading: MatrixView<S>
    /// The core's Z and ζ rounded, in place of the reading and its gradient, if the probe's demand allows it.
    public let rounded: RoundedReading?
    /// The summaries that the probe asks for, side by side: `[n, contextWidth]`.
    public let context: MatrixView<S>
    /// Each sample's tokens, for probes that read tokens.
    public let tokens: [TokenView]

    public init(
        reading: MatrixView<S>, rounded: RoundedReading? = nil, context: MatrixView<S>? = nil, tokens: [TokenView] = []
    ) {
        count = reading.rows
        self.reading = reading
        self.rounded = rounded
        self.context = context ?? MatrixView(pointer: reading.pointer, rows: reading.rows, columns: 0)
        self.tokens = tokens
    }
}

/// What one probe computes on for one batch of n samples, from its query side to the end of its backward pass.
public struct ProbeActivations<S: Scalar>: Sendable {
    public let inputs: ProbeInputs<S>
    /// `[n, savedWidth]`, the probe's own.
    public let saved: MatrixView<S>
    /// `[1, scratchWidth]`, the probe's own.
    public let scratch: MatrixView<S>
    /// `[n, D_o]`.
    public let output: MatrixView<S>
    /// The probe's own buffers.
    public let buffers: TensorBlock<S>
    /// Whether statistics are the batch's own, or the running ones.
    public let isTraining: Bool

    public var count: Int { inputs.count }
    public var reading: MatrixView<S> { inputs.reading }
    public var context: MatrixView<S> { inputs.context }
}

/// The query side of the attention core, or the gradient of it.
public struct AttentionQueries<S: Scalar>: Sendable {
    /// G, the scale included: `[M, D]`, or `[n · M, D]` where samples have queries of their own.
    public let queries: MatrixView<S>
    /// `[E, D]`.
    public let extraTokens: MatrixView<S>
    /// M.
    public let count: Int

    public init(queries: MatrixView<S>, extraTokens: MatrixView<S>, count: Int) {
        self.queries = queries
        self.extraTokens = extraTokens
        self.count = count
    }

    /// G with one row for each set of queries: `[1, M · D]` or `[n, M · D]`.
    var sets: MatrixView<S> {
        MatrixView(pointer: queries.pointer, rows: queries.rows / count, columns: count * queries.columns)
    }
}
