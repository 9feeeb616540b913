package import Numerics

/// SimPool: attention with the mean token as the query and normalised tokens as keys and values.
///
/// q_0 = (1/N) Σ_t x_t; n_t = LN(x_t), ε = 1e-6, with affine; q = W_q q_0; k_t = W_k n_t; values are the normalised
/// tokens themselves; one head, c = D^{-1/2}; y = Σ_t a_t n_t.
///
/// Each sample has its own query: u = c·W_kᵀ W_q q_0, g = γ ⊙ u, and y = γ ⊙ z̄ + β of the core's z̄ over x̂. Backward:
/// ∂γ = Σ_b y' ⊙ z̄ + u ⊙ p; ∂β = Σ_b y'; ζ̄ = γ ⊙ y'; with u' = γ ⊙ p, ∂W_k = c Σ q u'ᵀ, q' = c·W_k u', ∂W_q = Σ q'
/// q_0ᵀ.
///
/// Parameters: 2·D² + 2·D, and the head's D·C + C. MACs in front of the head, N tokens: literature, forward
/// D² + N·D² + 2·N·D, backward D² + 2·N·D² + 4·N·D; executed, forward 2·D² + 2·N·D, backward 3·D² + 2·N·D.
///
/// Source: Psomas et al., "Keep it SimPool: who said supervised transformers suffer from attention deficit?" (ICCV
/// 2023), without its γ-power mean.
package struct SimPoolProbe: GradientProbe {
    package static let name = "simpool"
    package static let summary = "SimPool: attention of the mean token to layer-normalised tokens"
    package static let options = [TokenSelection.option, TokenPreparation.option]

    package let shape: ProbeShape
    package let reading: ProbeReading
    package var outputWidth: Int { shape.width }
    let tokens: TokenSelection

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        tokens = TokenSelection(options)
        reading = .attention(
            AttentionRequest(queries: 1, tokens: tokens, queriesPerSample: true, normEpsilon: 1e-6))
        self.shape = shape
        try Self.check(reading, fits: shape)
    }

    private static let gamma = 0
    private static let beta = 1
    private static let query = 2
    private static let key = 3

    package var tensors: [TensorSpecification] {
        let D = shape.width
        return [
            TensorSpecification("norm.weight", shape: [D], .constant(1)),
            TensorSpecification("norm.bias", shape: [D], .constant(0)),
            TensorSpecification("query.weight", shape: [D, D], .defaultLinear(inputs: D)),
            TensorSpecification("key.weight", shape: [D, D], .defaultLinear(inputs: D)),
        ]
    }

    package var context: [TokenSummary] { [.mean(tokens)] }

    package var referencePooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        return MultiplyAccumulates(
            forward: D * D + N * D * D + 2 * N * D, backward: D * D + 2 * N * D * D + 4 * N * D)
    }

    package var executedPooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        return MultiplyAccumulates(forward: 2 * D * D + 2 * N * D, backward: 3 * D * D + 2 * N * D)
    }

    private var core: HeadAttention { HeadAttention(heads: 1, width: shape.width) }

    /// D^{-1/2}.
    private func scoreScale<S: Scalar>() -> S {
        1 / S(shape.width).squareRoot()
    }

    /// q, u and q'.
    private var savedWidths: [Int] { [shape.width, shape.width, shape.width] }
    package var savedWidth: Int { savedWidths.reduce(0, +) }

    private func saved<S>(_ activations: ProbeActivations<S>) -> [MatrixView<S>] {
        activations.saved.split(savedWidths)
    }

    @specialized(where S == Float)
    package func effectiveQueries<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, into attention: AttentionQueries<S>,
        on path: KernelPath
    ) {
        let saved = saved(activations)
        Projection.apply(activations.context, parameters.matrix(Self.query), into: saved[0], on: path)
        core.fold(saved[0], parameters.matrix(Self.key), scale: scoreScale(), into: saved[1], on: path)
        LayerNorm.affine(saved[1], parameters[Self.gamma], nil, into: attention.sets)
    }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        LayerNorm.affine(
            activations.reading, parameters[Self.gamma], parameters[Self.beta], into: activations.output)
    }

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        LayerNorm.affineBackward(
            outputGradient, normalized: activations.reading, parameters[Self.gamma],
            gammaGradient: gradients[Self.gamma], betaGradient: gradients[Self.beta])
        if let readingGradient { scale(outputGradient, by: 1, into: readingGradient) }
    }

    @specialized(where S == Float)
    package func queryGradient<S: Scalar>(
        _ attention: AttentionQueries<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        let saved = saved(activations)
        LayerNorm.affineBackward(
            attention.sets, normalized: saved[1], parameters[Self.gamma], gammaGradient: gradients[Self.gamma],
            betaGradient: nil, accumulate: true)
        core.foldBackward(
            attention.sets, saved[0], parameters.matrix(Self.key), scale: scoreScale(),
            keyGradient: gradients.matrix(Self.key), queryGradient: saved[2], on: path)
        multiply(
            saved[2], transposed: true, activations.context, into: gradients.matrix(Self.query), on: path)
    }
}
