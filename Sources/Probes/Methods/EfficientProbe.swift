package import Numerics

/// Efficient probing (EP): M queries attend to raw tokens, and each owns one chunk of the projected output.
///
/// s_jt = D^{-1/2} q_j·x_t; a_j = softmax_t(s_j); y[chunk j] = W_V[chunk j] Σ_t a_jt x_t, chunk j being d_h = D_o/M
/// rows of W_V wide. Keys are the tokens themselves, values are projected after aggregation, and there are no biases.
///
/// Backward, from y': ∂W_V[chunk j] = Σ_b y'_j z_jᵀ; ζ_j = W_V[chunk j]ᵀ y'_j; the core turns ζ into ∂G;
/// ∂q_j = D^{-1/2} ∂g_j.
///
/// Parameters: M·D + D·D_o, and the head's D_o·C + C. MACs in front of the head, N tokens: literature, forward N·D·D_o
/// + M·N·D + N·D_o, backward N·D·D_o + 2·N·D_o + M·N·D; executed, forward 2·M·N·D + D·D_o, backward 2·M·N·D + 2·D·D_o.
///
/// In the recipe `fast` queries are trained in units of 3·√D/σ (docs/recipes.md): without, their scores, divided by √D,
/// stay near zero for hundreds of steps.
///
/// Source: "Attention, please! Revisiting attentive probing through the lens of efficiency" (ICLR 2026) and its
/// official code. Tensors: `queries` `[M, D]` ~ N(0, 0.02²), `value.weight` `[D_o, D]` ~ U(±D^{-1/2}).
package struct EfficientProbe: GradientProbe {
    package static let name = "efficient"
    package static let summary = "efficient probing (EP): M queries over raw tokens, one output chunk for each"
    package static let options = [
        ProbeOption(name: "queries", kind: .count, defaultValue: .integer(32), summary: "M, learned queries"),
        ProbeOption(
            name: "output", kind: .width, defaultValue: .text("D"),
            summary: "D_o, the width of the pooled output; M must divide it"),
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
    /// M.
    let queries: Int
    let tokens: TokenSelection

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        queries = options.count("queries")
        outputWidth = try options.width("output", of: shape.width)
        tokens = TokenSelection(options)
        let core = HeadAttention(heads: queries, width: shape.width)
        reading = .attention(
            AttentionRequest(
                queries: queries, tokens: tokens, allowsRounding: core.allowsRounding(outputWidth: outputWidth)))
        self.shape = shape
        try Self.check(reading, fits: shape)
        guard outputWidth % queries == 0 else {
            throw ProbeError(
                probe: Self.name, option: "queries",
                problem: "\(queries) queries do not divide the output width \(outputWidth)",
                remedy: "give a number of queries that divides \(outputWidth), or another output width")
        }
    }

    private var core: HeadAttention { HeadAttention(heads: queries, width: shape.width) }

    private static let queryTensor = 0
    private static let valueTensor = 1

    package var tensors: [TensorSpecification] {
        [
            TensorSpecification(
                "queries", shape: [queries, shape.width], .normal(deviation: 0.02),
                unit: .perTokenDeviation(3 * Double(shape.width).squareRoot()), isDecayed: false),
            TensorSpecification(
                "value.weight", shape: [outputWidth, shape.width], .defaultLinear(inputs: shape.width)),
        ]
    }

    package var referencePooling: MultiplyAccumulates {
        let (N, D, M) = (tokens.count(shape.chargedTokens), shape.width, queries)
        return MultiplyAccumulates(
            forward: N * D * outputWidth + M * N * D + N * outputWidth,
            backward: N * D * outputWidth + 2 * N * outputWidth + M * N * D)
    }

    package var executedPooling: MultiplyAccumulates {
        let (N, D, M) = (tokens.count(shape.chargedTokens), shape.width, queries)
        return MultiplyAccumulates(
            forward: 2 * M * N * D + D * outputWidth, backward: 2 * M * N * D + 2 * D * outputWidth)
    }

    @specialized(where S == Float)
    package func effectiveQueries<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, into attention: AttentionQueries<S>,
        on path: KernelPath
    ) {
        scale(parameters.matrix(Self.queryTensor), by: scoreScale(), into: attention.queries)
    }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        core.project(activations.inputs, by: parameters.matrix(Self.valueTensor), into: activations.output, on: path)
    }

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        core.projectBackward(
            outputGradient, activations.inputs, parameters.matrix(Self.valueTensor),
            weightGradient: gradients.matrix(Self.valueTensor), readingGradient: readingGradient, on: path)
    }

    @specialized(where S == Float)
    package func queryGradient<S: Scalar>(
        _ attention: AttentionQueries<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        scale(attention.queries, by: scoreScale(), into: gradients.matrix(Self.queryTensor))
    }

    /// D^{-1/2}.
    private func scoreScale<S: Scalar>() -> S {
        1 / S(shape.width).squareRoot()
    }
}
