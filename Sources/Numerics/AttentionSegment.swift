/// One candidate's request to the attention core for one batch.
///
/// With G the candidate's effective queries, scale included, and x_t the tokens of one sample (probing_methods 0.2):
///
///     s_ht = g_h · x_t      a_h = softmax over t of s_h      z_h = Σ_t a_ht x_t
///
/// and backwards, given ζ = ∂L/∂z:
///
///     α_ht = ζ_h · x_t      ψ_ht = a_ht (α_ht − Σ_t a_ht α_ht)      ∂L/∂g_h = Σ_b Σ_t ψ_ht x_t
///
/// All memory is the caller's. No bit of a segment's results depends on the other segments.
package struct AttentionSegment<S: Scalar>: @unchecked Sendable {
    // Sendable by contract: the core gives each row of a segment's outputs to one thread.

    /// G: `[M, D]`, or `[n · M, D]` with `queriesPerRow`, where row r of the candidate's batch has rows r·M ..<
    /// (r+1)·M.
    package var queries: MatrixView<S>
    /// `[B]`: for each sample of the batch its row in this candidate's own batch, or −1 if it does not train on it.
    package var rows: UnsafePointer<Int32>
    /// A: `[n, maximumTokens, M]`, written forward and read backward. Entries beyond a sample's tokens are not written.
    package var attention: UnsafeMutablePointer<S>
    /// The second dimension of `attention`: at least the tokens of any sample plus the extra tokens.
    package var maximumTokens: Int
    /// Z: `[n, M · D]`.
    package var pooled: MatrixView<S>
    /// ζ: `[n, M · D]`; needed backward, which no longer reads Z, so that both may share memory.
    package var pooledGradient: MatrixView<S>?
    /// Z and ζ in place of `pooled` and `pooledGradient`, which are then untouched: for tokens that are read as they
    /// lie on a path that `KernelPath.roundsReadings`, and without normalisation.
    package var rounded: RoundedReading?
    /// ∂G, of the shape of `queries`; overwritten backward. If nil, it is not computed.
    package var queryGradient: MatrixView<S>?

    /// One set of queries for each row instead of one for the batch, as in SimPool and CLIP.
    package var queriesPerRow = false
    /// A layer norm of the tokens, folded into scores and weights.
    package var normalisation: TokenNormalisation<S>?
    /// Scores added before softmax.
    package var additiveScores: AdditiveScores<S>?
    /// ψ: `[n, maximumTokens, M]`, the gradient of the scores; written backward if present.
    package var scoreGradient: UnsafeMutablePointer<S>?
    /// Trainable rows added to the tokens by position, as position embeddings: x_t + p_t.
    package var offsets: TrainableTokens<S>?
    /// Trainable tokens appended to each sample's own ones, such as a class token. Never normalised.
    package var extraTokens: TrainableTokens<S>?

    /// M.
    package let queryCount: Int

    /// - Parameter queryCount: M; by default the number of rows of `queries`, which holds unless `queriesPerRow`.
    package init(
        queries: MatrixView<S>, queryCount: Int? = nil, rows: UnsafePointer<Int32>, attention: UnsafeMutablePointer<S>,
        maximumTokens: Int, pooled: MatrixView<S>, pooledGradient: MatrixView<S>? = nil,
        queryGradient: MatrixView<S>? = nil
    ) {
        self.queries = queries
        self.queryCount = queryCount ?? queries.rows
        self.rows = rows
        self.attention = attention
        self.maximumTokens = maximumTokens
        self.pooled = pooled
        self.pooledGradient = pooledGradient
        self.queryGradient = queryGradient
        queriesPerRow = queryCount != nil && queryCount != queries.rows
    }
}

extension AttentionSegment {
    /// The offset of a row's part of A, or of ψ.
    func weights(_ row: Int) -> Int { row * maximumTokens * queryCount }
}

/// Two scalars per token that represent a layer norm without affine of frozen tokens: x̂_t = r_t (x_t − μ_t)
/// (probing_methods 0.2, item 4). Pooled values and gradients are then those of x̂.
package struct TokenNormalisation<S: Scalar>: @unchecked Sendable {
    // Sendable because nobody writes through the pointers.

    /// r_t = 1/√(variance_t + ε) of each sample of the batch, `[T]`.
    package var scale: [UnsafePointer<S>]
    /// μ_t of each sample of the batch, `[T]`.
    package var mean: [UnsafePointer<S>]

    package init(scale: [UnsafePointer<S>], mean: [UnsafePointer<S>]) {
        self.scale = scale
        self.mean = mean
    }
}

/// Scores that softmax adds to g·x: `[M, maximumTokens]` for all samples, or `[n, M, maximumTokens]`.
package struct AdditiveScores<S: Scalar>: @unchecked Sendable {
    // Sendable because nobody writes through the pointer while the core runs.
    package var scores: UnsafePointer<S>
    package var perRow: Bool

    package init(scores: UnsafePointer<S>, perRow: Bool = false) {
        self.scores = scores
        self.perRow = perRow
    }
}

/// Tokens, or parts of tokens, that train: `[E, D]` for all samples, or `[n · E, D]` with `perRow`.
package struct TrainableTokens<S: Scalar>: Sendable {
    package var tokens: MatrixView<S>
    /// ∂L/∂x_t = Σ_h (a_ht ζ_h + ψ_ht g_h), of the shape of `tokens`, summed over the batch unless `perRow`;
    /// overwritten backward.
    package var gradient: MatrixView<S>?
    /// E.
    package var count: Int
    package var perRow: Bool

    /// - Parameter perRow: E, if each row of the candidate's batch has E tokens of its own.
    package init(tokens: MatrixView<S>, gradient: MatrixView<S>? = nil, perRow count: Int? = nil) {
        self.tokens = tokens
        self.gradient = gradient
        self.count = count ?? tokens.rows
        self.perRow = count != nil
    }
}
