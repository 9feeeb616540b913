package import Numerics

/// CoCa's attentional pooler: 196 queries, of which the first one's output is kept, and one key and value head for all.
///
/// q = W_q (γ ⊙ q̂_0), q̂_0 the layer-normalised first query (no β, ε = 1e-5); 8 heads of 64; k_t = W_k x_t and v_t =
/// W_v x_t are 64 wide and shared by all heads; a_h = softmax_t(q_h·k_t/8); y = W_out [Σ_t a_ht v_t]. No biases, no
/// norm of tokens.
///
/// u_h = W_kᵀ q_h/8; v_h = W_v z_h. Backward: ∂W_v = Σ_{b,h} v'_h z_hᵀ; ∂W_k = (1/8) Σ_h q_h p_hᵀ; q'_h = W_k p_h/8;
/// then W_q, γ and the first query. The other 195 queries have the gradient 0, but stand in the norm that LARS divides
/// by.
///
/// Parameters: 1349·D, and the head's D·C + C. MACs in front of the head, N tokens: literature, forward
/// 2·196·512·D + 128·N·D + 2·8·196·N·64, backward 4·196·512·D + 128·N·D + 4·8·196·N·64; executed, forward
/// 16·N·D + 1024·D, backward 16·N·D + 2048·D (counting each head's product with the shared projections).
///
/// Source: Yu et al., "CoCa: contrastive captioners are image-text foundation models" (TMLR 2022), as in the code of
/// the efficient-probing paper. Queries ~ N(0, 1).
package struct CoCaProbe: GradientProbe {
    package static let name = "coca"
    package static let summary = "CoCa's attentional pooler: multi-query attention of a learned query"
    package static let options = [TokenSelection.option, TokenPreparation.option, LevelMix.option, LevelMix.normOption]

    package let shape: ProbeShape
    package let reading: ProbeReading
    package var outputWidth: Int { shape.width }
    let tokens: TokenSelection

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        tokens = TokenSelection(options)
        reading = .attention(AttentionRequest(queries: Self.heads, tokens: tokens))
        self.shape = shape
        try Self.check(reading, fits: shape)
    }

    private static let epsilon = 1e-5
    private static let heads = 8
    private static let headWidth = 64
    private static let inner = heads * headWidth
    private static let allQueries = 196
    private static let queries = 0
    private static let gamma = 1
    private static let query = 2
    private static let keyValue = 3
    private static let output = 4
    private static let keys = TensorRows(keyValue, 0..<headWidth)
    private static let values = TensorRows(keyValue, headWidth..<2 * headWidth)

    package var tensors: [TensorSpecification] {
        let D = shape.width
        let linear = TensorInitializer.defaultLinear(inputs: D)
        return [
            TensorSpecification("queries", shape: [Self.allQueries, D], .normal(deviation: 1), isDecayed: false),
            TensorSpecification("norm.weight", shape: [D], .constant(1)),
            TensorSpecification("query.weight", shape: [Self.inner, D], linear),
            TensorSpecification("key_value.weight", shape: [2 * Self.headWidth, D], linear),
            TensorSpecification("output.weight", shape: [D, Self.inner], .defaultLinear(inputs: Self.inner)),
        ]
    }

    package var referencePooling: MultiplyAccumulates {
        let (N, D, Q) = (tokens.count(shape.chargedTokens), shape.width, Self.allQueries)
        return MultiplyAccumulates(
            forward: 2 * Q * Self.inner * D + 2 * Self.headWidth * N * D + 2 * Q * N * Self.inner,
            backward: 4 * Q * Self.inner * D + 2 * Self.headWidth * N * D + 4 * Q * N * Self.inner)
    }

    package var executedPooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        return MultiplyAccumulates(
            forward: 2 * Self.heads * N * D + 2 * Self.inner * D, backward: 2 * Self.heads * N * D + 4 * Self.inner * D)
    }

    private var core: HeadAttention { HeadAttention(heads: Self.heads, width: shape.width) }

    private func scoreScale<S: Scalar>() -> S {
        1 / S(Self.headWidth).squareRoot()
    }

    /// q̂_0, γ ⊙ q̂_0, its gradient, q, q', and 1/√(v + ε).
    private var scratchWidths: [Int] {
        let D = shape.width
        return [D, D, D, Self.inner, Self.inner, 1]
    }

    package var scratchWidth: Int { scratchWidths.reduce(0, +) }
    /// v.
    package var savedWidth: Int { Self.inner }

    private func scratch<S>(_ activations: ProbeActivations<S>) -> [MatrixView<S>] {
        activations.scratch.split(scratchWidths)
    }

    @specialized(where S == Float)
    package func effectiveQueries<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, into attention: AttentionQueries<S>,
        on path: KernelPath
    ) {
        let scratch = scratch(activations)
        LayerNorm.normalize(
            parameters.matrix(Self.queries).rows(0..<1), epsilon: Self.epsilon, into: scratch[0],
            scale: scratch[5].pointer)
        LayerNorm.affine(scratch[0], parameters[Self.gamma], nil, into: scratch[1])
        Projection.apply(scratch[1], parameters.matrix(Self.query), into: scratch[3], on: path)
        core.fold(
            scratch[3], Self.keys.matrix(parameters), scale: scoreScale(), sharesKeys: true, into: attention.sets,
            on: path)
    }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        core.project(
            activations.reading, by: Self.values.matrix(parameters), sharesValues: true, into: activations.saved,
            on: path)
        Projection.apply(activations.saved, parameters.matrix(Self.output), into: activations.output, on: path)
    }

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        Projection.backward(
            outputGradient, activations.saved, parameters.matrix(Self.output),
            weightGradient: gradients.matrix(Self.output), inputGradient: activations.saved, on: path)
        core.projectBackward(
            activations.saved, activations.reading, Self.values.matrix(parameters), sharesValues: true,
            weightGradient: Self.values.matrix(gradients), readingGradient: readingGradient, on: path)
    }

    @specialized(where S == Float)
    package func queryGradient<S: Scalar>(
        _ attention: AttentionQueries<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        let scratch = scratch(activations)
        let (normalized, slope) = (scratch[0], scratch[2])
        core.foldBackward(
            attention.sets, scratch[3], Self.keys.matrix(parameters), scale: scoreScale(), sharesKeys: true,
            keyGradient: Self.keys.matrix(gradients), queryGradient: scratch[4], on: path)
        Projection.backward(
            scratch[4], scratch[1], parameters.matrix(Self.query), weightGradient: gradients.matrix(Self.query),
            inputGradient: slope, on: path)
        LayerNorm.affineBackward(
            slope, normalized: normalized, parameters[Self.gamma], gammaGradient: gradients[Self.gamma],
            betaGradient: nil)
        LayerNorm.backward(slope, normalized: normalized, scale: scratch[5].pointer)
        gradients[Self.queries].update(repeating: 0)
        scale(slope, by: 1, into: gradients.matrix(Self.queries).rows(0..<1))
    }
}
