package import Numerics

/// V-JEPA's attentive pooler, first version: a cross-attention block with residuals around attention and perceptron.
///
/// n_t = LN1(x_t), ε = 1e-5; q = W_q ℓ + b_q, ℓ not normalised; [k, v] = W_kv n_t + b_kv; H heads, c = d_h^{-1/2}; y_1
/// = ℓ + W_o [Σ_t a_ht v_ht] + b_o; y = y_1 + W_2 GELU(W_1 LN2(y_1) + b_1) + b_2, ε = 1e-5, hidden width 4·D, GELU by
/// erf.
///
/// The core attends over normalised tokens, γ and β of LN1 folded into queries and values as `LatentAttention` says; ℓ
/// has the residual's gradient Σ_b y_1' besides that of its query. ∂b_k = 0.
///
/// Parameters: 12·D² + 14·D, and the head's D·C + C. MACs in front of the head, N tokens: literature, forward 2·N·D² +
/// 2·N·D + 10·D², backward 4·N·D² + 5·N·D + 20·D²; executed, forward 2·H·N·D + 10·D², backward 2·H·N·D + 20·D².
///
/// Source: Bardes et al., "Revisiting feature prediction for learning visual representations from video" (2024), its
/// attentive probe. Weights and ℓ ~ N(0, 0.02²), those of W_o and W_2 divided by √2, biases 0.
package struct VJEPAProbe: GradientProbe {
    package static let name = "vjepa"
    package static let summary = "V-JEPA's attentive pooler: one cross-attention block with residuals"
    package static let options = [
        ProbeOption(name: "heads", kind: .count, defaultValue: .integer(16), summary: "H; it must divide D"),
        TokenSelection.option,
        TokenPreparation.option,
    ]

    package let shape: ProbeShape
    package let reading: ProbeReading
    package var outputWidth: Int { shape.width }
    let heads: Int
    let tokens: TokenSelection

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        heads = options.count("heads")
        tokens = TokenSelection(options)
        reading = .attention(AttentionRequest(queries: heads, tokens: tokens, normEpsilon: 1e-5))
        self.shape = shape
        try Self.check(reading, fits: shape)
        try Self.check(heads: heads, divide: shape.width, "the width")
    }

    private static let latent = 0

    package var tensors: [TensorSpecification] {
        let D = shape.width
        let normal = TensorInitializer.normal(deviation: 0.02)
        return [
            // The source excepts from decay what has one axis, and so not the latent.
            TensorSpecification("latent", shape: [1, D], normal),
            TensorSpecification("norm1.weight", shape: [D], .constant(1)),
            TensorSpecification("norm1.bias", shape: [D], .constant(0)),
            TensorSpecification("query.weight", shape: [D, D], normal),
            TensorSpecification("query.bias", shape: [D], .constant(0)),
            TensorSpecification("key_value.weight", shape: [2 * D, D], normal),
            TensorSpecification("key_value.bias", shape: [2 * D], .constant(0)),
            TensorSpecification("output.weight", shape: [D, D], .normal(deviation: 0.02 / 2.0.squareRoot())),
            TensorSpecification("output.bias", shape: [D], .constant(0)),
            TensorSpecification("norm2.weight", shape: [D], .constant(1)),
            TensorSpecification("norm2.bias", shape: [D], .constant(0)),
        ] + ResidualPerceptron.tensors(width: D, deviation: 0.02)
    }

    private var attention: LatentAttention {
        let D = shape.width
        let norm = LatentAttention.Norm(gamma: 1, beta: 2)
        return LatentAttention(
            heads: heads, width: D, query: 3, queryBias: 4, keys: TensorRows(5, 0..<D), keyBias: TensorRows(6, 0..<D),
            values: TensorRows(5, D..<2 * D), valueBias: TensorRows(6, D..<2 * D), output: 7, outputBias: 8,
            keyNorm: norm, valueNorm: norm)
    }

    private var perceptron: ResidualPerceptron {
        ResidualPerceptron(
            width: shape.width, first: 11, norm: ResidualPerceptron.Norm(gamma: 9, beta: 10, epsilon: 1e-5))
    }

    package var referencePooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        return MultiplyAccumulates(
            forward: 2 * N * D * D + 2 * N * D + 10 * D * D, backward: 4 * N * D * D + 5 * N * D + 20 * D * D)
    }

    package var executedPooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        return MultiplyAccumulates(
            forward: 2 * heads * N * D + 10 * D * D, backward: 2 * heads * N * D + 20 * D * D)
    }

    /// The attention's, and the latent's gradient by its query.
    private var scratchWidths: [Int] { [attention.scratchWidth, shape.width] }
    package var scratchWidth: Int { scratchWidths.reduce(0, +) }
    /// The attention's, the perceptron's, and y_1.
    private var savedWidths: [Int] { [attention.savedWidth, perceptron.savedWidth, shape.width] }
    package var savedWidth: Int { savedWidths.reduce(0, +) }

    private func saved<S>(_ activations: ProbeActivations<S>) -> [MatrixView<S>] {
        activations.saved.split(savedWidths)
    }

    @specialized(where S == Float)
    package func effectiveQueries<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, into queries: AttentionQueries<S>,
        on path: KernelPath
    ) {
        attention.queries(
            of: parameters.matrix(Self.latent), parameters,
            scratch: activations.scratch.columns(0..<attention.scratchWidth), into: queries, on: path)
    }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        let saved = saved(activations)
        attention.apply(activations.reading, parameters, saved: saved[0], into: saved[2], on: path)
        addToRows(of: saved[2], parameters[Self.latent])
        perceptron.forward(saved[2], parameters, saved: saved[1], into: activations.output, on: path)
    }

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        let saved = saved(activations)
        perceptron.backward(outputGradient, saved[2], parameters, saved: saved[1], gradients: gradients, on: path)
        sumRows(of: outputGradient, into: gradients[Self.latent])
        attention.backward(
            outputGradient, activations.reading, parameters, saved: saved[0], gradients: gradients,
            readingGradient: readingGradient, on: path)
    }

    @specialized(where S == Float)
    package func queryGradient<S: Scalar>(
        _ queries: AttentionQueries<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        let scratch = activations.scratch.split(scratchWidths)
        attention.queriesBackward(
            queries, latent: parameters.matrix(Self.latent), parameters, scratch: scratch[0], gradients: gradients,
            sharesNorm: true, latentGradient: scratch[1], on: path)
        add(scratch[1], to: gradients.matrix(Self.latent))
    }
}
