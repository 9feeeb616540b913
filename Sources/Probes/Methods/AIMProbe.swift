package import Numerics

/// AIM's attention pooling: one query over keys and values of batch-normalised tokens.
///
/// x̂_t = (x_t − μ) ⊘ σ, σ = √(v + ε), ε = 1e-6, without affine, in training by mean and biased variance of all tokens
/// of the candidate's batch, in evaluation by running statistics (momentum 0.1, variance unbiased). k = W_K x̂, v = W_V
/// x̂, H heads, c = d_h^{-1/2}; y = [Σ_t a_ht v_ht]. Nothing follows it.
///
/// The norm is folded: g_h = c·(W_K[h]ᵀ q_h) ⊘ σ; z_h = (Σ_t a_ht x_t − μ) ⊘ σ; y_h = W_V[h] z_h. Backward: the core
/// gets ζ_h = (W_V[h]ᵀ y'_h) ⊘ σ; with p^u_h = p_h ⊘ σ, ∂W_K[h] = c·q_h p^u_hᵀ, q'_h = c·W_K[h] p^u_h. μ and σ are
/// functions of frozen tokens and have no gradient. The batch's statistics are combined from each sample's own moments.
///
/// Parameters: 2·D² + D, and the head's D·C + C. MACs in front of the head, N tokens: literature, forward 2·N·D² +
/// 2·N·D, backward 2·N·D² + 4·N·D; executed, forward 2·H·N·D + D², backward 2·H·N·D + 2·D².
///
/// Source: El-Nouby et al., "Scalable pre-training of large autoregressive image models" (ICML 2024), its attention
/// pooling classifier without the classifier.
package struct AIMProbe: GradientProbe {
    package static let name = "aim"
    package static let summary = "AIM's attention pooling: one query, keys and values of batch-normalised tokens"
    package static let options = [
        ProbeOption(name: "heads", kind: .count, defaultValue: .integer(16), summary: "H; it must divide D"),
        TokenSelection.option,
        TokenPreparation.option,
    ]

    package let shape: ProbeShape
    package var separatesQueries: Bool { true }
    package let reading: ProbeReading
    package var outputWidth: Int { shape.width }
    let heads: Int
    let tokens: TokenSelection

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        heads = options.count("heads")
        tokens = TokenSelection(options)
        reading = .attention(AttentionRequest(queries: heads, tokens: tokens))
        self.shape = shape
        try Self.check(reading, fits: shape)
        try Self.check(heads: heads, divide: shape.width, "the width")
    }

    private static let query = 0
    private static let key = 1
    private static let value = 2
    private static let momentum = 0.1
    private static let epsilon = 1e-6

    package var tensors: [TensorSpecification] {
        let D = shape.width
        return [
            TensorSpecification("query", shape: [1, D], .normal(deviation: 0.02), isDecayed: false),
            TensorSpecification("key.weight", shape: [D, D], .defaultLinear(inputs: D)),
            TensorSpecification("value.weight", shape: [D, D], .defaultLinear(inputs: D)),
        ]
    }

    package var buffers: [TensorSpecification] {
        [
            TensorSpecification("token_norm.running_mean", shape: [shape.width], .constant(0)),
            TensorSpecification("token_norm.running_var", shape: [shape.width], .constant(1)),
        ]
    }

    package var context: [TokenSummary] { [.moments(tokens)] }

    package var referencePooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        return MultiplyAccumulates(forward: 2 * N * D * D + 2 * N * D, backward: 2 * N * D * D + 4 * N * D)
    }

    package var executedPooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        return MultiplyAccumulates(forward: 2 * heads * N * D + D * D, backward: 2 * heads * N * D + 2 * D * D)
    }

    private var core: HeadAttention { HeadAttention(heads: heads, width: shape.width) }

    private func scoreScale<S: Scalar>() -> S {
        1 / S(shape.width / heads).squareRoot()
    }

    /// μ, 1/σ and q'.
    private var scratchWidths: [Int] { [shape.width, shape.width, shape.width] }
    package var scratchWidth: Int { scratchWidths.reduce(0, +) }
    /// z.
    package var savedWidth: Int { heads * shape.width }

    @specialized(where S == Float)
    package func effectiveQueries<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, into attention: AttentionQueries<S>,
        on path: KernelPath
    ) {
        takeStatistics(activations)
        core.fold(
            parameters.matrix(Self.query), parameters.matrix(Self.key), scale: scoreScale(), into: attention.sets,
            on: path)
        divideByDeviation(attention.sets, activations)
    }

    /// μ and 1/σ, the batch's own or the running ones.
    @specialized(where S == Float)
    private func takeStatistics<S: Scalar>(_ activations: ProbeActivations<S>) {
        let (D, scratch) = (shape.width, activations.scratch.split(scratchWidths))
        let (mean, inverse) = (scratch[0].pointer, scratch[1].pointer)
        let (runningMean, runningVariance) = (activations.buffers[0], activations.buffers[1])
        guard activations.isTraining else {
            for channel in 0..<D {
                mean[channel] = runningMean[channel]
                inverse[channel] = 1 / (runningVariance[channel] + S(Self.epsilon)).squareRoot()
            }
            return
        }
        let count = TokenMoments.combine(activations.context, width: D, mean: mean, squares: inverse)
        let momentum = S(Self.momentum)
        for channel in 0..<D {
            runningMean[channel] += momentum * (mean[channel] - runningMean[channel])
            let unbiased = inverse[channel] / max(count - 1, 1)
            runningVariance[channel] += momentum * (unbiased - runningVariance[channel])
            inverse[channel] = 1 / (inverse[channel] / max(count, 1) + S(Self.epsilon)).squareRoot()
        }
    }

    /// Divides every D-wide vector of the rows by σ.
    @specialized(where S == Float)
    private func divideByDeviation<S: Scalar>(_ rows: MatrixView<S>, _ activations: ProbeActivations<S>) {
        LayerNorm.affine(rows, activations.scratch.split(scratchWidths)[1].row(0), nil, into: rows)
    }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        let (D, mean) = (shape.width, activations.scratch.split(scratchWidths)[0].row(0))
        for row in 0..<activations.count {
            let (from, to) = (activations.reading.row(row), activations.saved.row(row))
            for head in 0..<heads {
                for channel in 0..<D { to[head * D + channel] = from[head * D + channel] - mean[channel] }
            }
        }
        divideByDeviation(activations.saved, activations)
        core.project(activations.saved, by: parameters.matrix(Self.value), into: activations.output, on: path)
    }

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        core.projectBackward(
            outputGradient, activations.saved, parameters.matrix(Self.value),
            weightGradient: gradients.matrix(Self.value), readingGradient: readingGradient, on: path)
        if let readingGradient { divideByDeviation(readingGradient, activations) }
    }

    @specialized(where S == Float)
    package func queryGradient<S: Scalar>(
        _ attention: AttentionQueries<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        divideByDeviation(attention.sets, activations)
        core.foldBackward(
            attention.sets, parameters.matrix(Self.query), parameters.matrix(Self.key), scale: scoreScale(),
            keyGradient: gradients.matrix(Self.key), queryGradient: gradients.matrix(Self.query), on: path)
    }
}
