package import Numerics

/// Generic multi-head cross-attention (MHCA) of one learned query, with projections of query, keys and values.
///
/// q = W_Q u; k_t = W_K x_t; v_t = W_V x_t; s_ht = (D_a/M)^{-1/2} q_h·k_ht; a_h = softmax_t(s_h); y_h = Σ_t a_ht v_ht;
/// y = [y_1 … y_M]. Evaluated as efficient probing with the factorised queries g_h = (D_a/M)^{-1/2} W_K[h]ᵀ q_h.
///
/// Backward: ∂W_V[h] = Σ_b y'_h z_hᵀ; ζ_h = W_V[h]ᵀ y'_h; from p = ∂L/∂g: ∂W_K[h] = c·q_h p_hᵀ, q'_h = c·W_K[h] p_h;
/// ∂W_Q = q' uᵀ; u' = W_Qᵀ q'.
///
/// Parameters: D + 2·D_a·D + D_o·D, and the head's D_o·C + C. MACs in front of the head, N tokens: literature, forward
/// D_a·D + N·(D + 1)·(D_a + D_o), backward 2·D_a·D + N·(D + 2)·(D_a + D_o); executed, forward 2·M·N·D + D·D_o, backward
/// 2·M·N·D + 2·D·D_o.
///
/// Source: the generic form in "Attention, please! Revisiting attentive probing through the lens of efficiency" (ICLR
/// 2026).
package struct CrossAttentionProbe: GradientProbe {
    package static let name = "mhca"
    package static let summary = "multi-head cross-attention of one learned query, W_Q, W_K and W_V without biases"
    package static let options = [
        ProbeOption(name: "heads", kind: .count, defaultValue: .integer(12), summary: "M; it must divide both widths"),
        ProbeOption(name: "attention", kind: .width, defaultValue: .text("D"), summary: "D_a, width of query and keys"),
        ProbeOption(name: "output", kind: .width, defaultValue: .text("D"), summary: "D_o, width of the pooled output"),
        TokenSelection.option,
        TokenPreparation.option,
        LevelMix.option,
        LevelMix.normOption,
    ]

    package let shape: ProbeShape
    package var separatesQueries: Bool { true }
    package var readsCommonAggregate: Bool { true }
    package let reading: ProbeReading
    package let outputWidth: Int
    /// D_a.
    let attentionWidth: Int
    let heads: Int
    let tokens: TokenSelection

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        heads = options.count("heads")
        attentionWidth = try options.width("attention", of: shape.width)
        outputWidth = try options.width("output", of: shape.width)
        tokens = TokenSelection(options)
        let core = HeadAttention(heads: heads, width: shape.width)
        reading = .attention(
            AttentionRequest(
                queries: heads, tokens: tokens, allowsRounding: core.allowsRounding(outputWidth: outputWidth)))
        self.shape = shape
        try Self.check(reading, fits: shape)
        try Self.check(heads: heads, divide: attentionWidth, "the attention width")
        try Self.check(heads: heads, divide: outputWidth, "the output width")
    }

    private static let input = 0
    private static let query = 1
    private static let key = 2
    private static let value = 3

    package var tensors: [TensorSpecification] {
        let D = shape.width
        return [
            TensorSpecification("input", shape: [1, D], .normal(deviation: 0.02), isDecayed: false),
            TensorSpecification("query.weight", shape: [attentionWidth, D], .defaultLinear(inputs: D)),
            TensorSpecification("key.weight", shape: [attentionWidth, D], .defaultLinear(inputs: D)),
            TensorSpecification("value.weight", shape: [outputWidth, D], .defaultLinear(inputs: D)),
        ]
    }

    package var referencePooling: MultiplyAccumulates {
        let (N, D, both) = (tokens.count(shape.chargedTokens), shape.width, attentionWidth + outputWidth)
        return MultiplyAccumulates(
            forward: attentionWidth * D + N * (D + 1) * both, backward: 2 * attentionWidth * D + N * (D + 2) * both)
    }

    package var executedPooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        return MultiplyAccumulates(
            forward: 2 * heads * N * D + D * outputWidth, backward: 2 * heads * N * D + 2 * D * outputWidth)
    }

    private var core: HeadAttention { HeadAttention(heads: heads, width: shape.width) }

    /// (D_a/M)^{-1/2}.
    private func scoreScale<S: Scalar>() -> S {
        1 / S(attentionWidth / heads).squareRoot()
    }

    /// q and q'.
    private var scratchWidths: [Int] { [attentionWidth, attentionWidth] }
    package var scratchWidth: Int { scratchWidths.reduce(0, +) }

    @specialized(where S == Float)
    package func effectiveQueries<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, into attention: AttentionQueries<S>,
        on path: KernelPath
    ) {
        let query = activations.scratch.split(scratchWidths)[0]
        Projection.apply(parameters.matrix(Self.input), parameters.matrix(Self.query), into: query, on: path)
        core.fold(query, parameters.matrix(Self.key), scale: scoreScale(), into: attention.sets, on: path)
    }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        core.project(activations.inputs, by: parameters.matrix(Self.value), into: activations.output, on: path)
    }

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        core.projectBackward(
            outputGradient, activations.inputs, parameters.matrix(Self.value),
            weightGradient: gradients.matrix(Self.value), readingGradient: readingGradient, on: path)
    }

    @specialized(where S == Float)
    package func queryGradient<S: Scalar>(
        _ attention: AttentionQueries<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        let scratch = activations.scratch.split(scratchWidths)
        let slope = scratch[1]
        core.foldBackward(
            attention.sets, scratch[0], parameters.matrix(Self.key), scale: scoreScale(),
            keyGradient: gradients.matrix(Self.key), queryGradient: slope, on: path)
        Projection.backward(
            slope, parameters.matrix(Self.input), parameters.matrix(Self.query),
            weightGradient: gradients.matrix(Self.query), inputGradient: gradients.matrix(Self.input), on: path)
    }
}
