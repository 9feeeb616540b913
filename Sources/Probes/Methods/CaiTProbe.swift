package import Numerics

/// CaiT's class attention: a trained class token attends to itself and to the tokens, with layer scale.
///
/// n = LN1([c_0; x_1 … x_T]), ε = 1e-6; q = W_q n_0 + b_q; k, v of all N + 1 rows, with biases; H heads, c =
/// d_h^{-1/2}; o = W_o [Σ_t a_ht v_ht] + b_o; c_1 = c_0 + λ_1 ⊙ o; c_2 = c_1 + λ_2 ⊙ (W_2 GELU(W_1 LN2(c_1) + b_1) +
/// b_2), ε = 1e-6, hidden width 4·D, GELU by erf; y = LN_f(c_2), ε = 1e-5. λ_1 = λ_2 = 1e-5 at first.
///
/// The class token is one more token of the core, the same for all samples: it stands there as its normalised form ĉ_0
/// without affine, like the others. Backward: the core's gradient of ĉ_0, the query's γ ⊙ W_qᵀ q', both through LN1,
/// and the residual's Σ_b c_1' meet in c_0. ∂b_k = 0. At the start all samples give nearly the same output.
///
/// Parameters: 12·D² + 18·D, and the head's D·C + C. MACs in front of the head, N tokens with c_0: literature, forward
/// 2·N·D² + 2·N·D + 10·D², backward twice that; executed, forward 2·H·N·D + 10·D², backward 2·H·N·D + 20·D².
///
/// Source: Touvron et al., "Going deeper with image transformers" (ICCV 2021), one class-attention block with the
/// model's norm behind it. c_0 ~ N(0, 0.02²).
package struct CaiTProbe: GradientProbe {
    package static let name = "cait"
    package static let summary = "CaiT's class attention: a trained class token, layer scale, and a perceptron"
    package static let options = [
        ProbeOption(name: "heads", kind: .count, defaultValue: .integer(4), summary: "H; it must divide D"),
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
        reading = .attention(
            AttentionRequest(queries: heads, tokens: tokens, normEpsilon: Self.epsilon, extraTokens: 1))
        self.shape = shape
        try Self.check(reading, fits: shape)
        try Self.check(heads: heads, divide: shape.width, "the width")
    }

    private static let epsilon = 1e-6
    private static let finalEpsilon = 1e-5
    private static let classToken = 0
    private static let scale1 = 1
    private static let scale2 = 2
    private static let gamma1 = 3
    private static let beta1 = 4
    private static let finalGamma = 19
    private static let finalBeta = 20

    package var tensors: [TensorSpecification] {
        let D = shape.width
        let linear = TensorInitializer.defaultLinear(inputs: D)
        func vector(_ name: String, _ initializer: TensorInitializer) -> TensorSpecification {
            TensorSpecification(name, shape: [D], initializer)
        }
        func square(_ name: String) -> TensorSpecification {
            TensorSpecification(name, shape: [D, D], linear)
        }
        return [
            // The source excepts the class token from decay by name.
            TensorSpecification("class_token", shape: [1, D], .normal(deviation: 0.02), isDecayed: false),
            vector("layer_scale1", .constant(1e-5)), vector("layer_scale2", .constant(1e-5)),
            vector("norm1.weight", .constant(1)), vector("norm1.bias", .constant(0)),
            square("query.weight"), vector("query.bias", linear), square("key.weight"), vector("key.bias", linear),
            square("value.weight"), vector("value.bias", linear), square("output.weight"),
            vector("output.bias", linear), vector("norm2.weight", .constant(1)), vector("norm2.bias", .constant(0)),
        ] + ResidualPerceptron.tensors(width: D) + [
            vector("final_norm.weight", .constant(1)), vector("final_norm.bias", .constant(0)),
        ]
    }

    private var attention: LatentAttention {
        let D = shape.width
        let norm = LatentAttention.Norm(gamma: Self.gamma1, beta: Self.beta1)
        return LatentAttention(
            heads: heads, width: D, query: 5, queryBias: 6, keys: TensorRows(7, 0..<D), keyBias: TensorRows(8, 0..<D),
            values: TensorRows(9, 0..<D), valueBias: TensorRows(10, 0..<D), output: 11, outputBias: 12, keyNorm: norm,
            valueNorm: norm)
    }

    private var perceptron: ResidualPerceptron {
        ResidualPerceptron(
            width: shape.width, first: 15,
            norm: ResidualPerceptron.Norm(gamma: 13, beta: 14, epsilon: Self.epsilon), layerScale: Self.scale2)
    }

    package var referencePooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens) + 1, shape.width)
        let forward = 2 * N * D * D + 2 * N * D + 10 * D * D
        return MultiplyAccumulates(forward: forward, backward: 2 * forward)
    }

    package var executedPooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens) + 1, shape.width)
        return MultiplyAccumulates(
            forward: 2 * heads * N * D + 10 * D * D, backward: 2 * heads * N * D + 20 * D * D)
    }

    /// The attention's, n_0, n_0', and 1/√(v + ε) of c_0.
    private var scratchWidths: [Int] { [attention.scratchWidth, shape.width, shape.width, 1] }
    package var scratchWidth: Int { scratchWidths.reduce(0, +) }

    private func scratch<S>(_ activations: ProbeActivations<S>) -> [MatrixView<S>] {
        activations.scratch.split(scratchWidths)
    }

    /// The attention's, the perceptron's, o, c_1, ĉ_2, and 1/√(v + ε) of c_2.
    private var savedWidths: [Int] {
        let D = shape.width
        return [attention.savedWidth, perceptron.savedWidth, D, D, D, 1]
    }

    package var savedWidth: Int { savedWidths.reduce(0, +) }

    private func saved<S>(_ activations: ProbeActivations<S>) -> [MatrixView<S>] {
        activations.saved.split(savedWidths)
    }

    @specialized(where S == Float)
    package func effectiveQueries<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, into queries: AttentionQueries<S>,
        on path: KernelPath
    ) {
        let scratch = scratch(activations)
        let normalized = queries.extraTokens
        LayerNorm.normalize(
            parameters.matrix(Self.classToken), epsilon: Self.epsilon, into: normalized, scale: scratch[3].pointer)
        LayerNorm.affine(normalized, parameters[Self.gamma1], parameters[Self.beta1], into: scratch[1])
        attention.queries(of: scratch[1], parameters, scratch: scratch[0], into: queries, on: path)
    }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        let saved = saved(activations)
        let (o, c1, normalized, output) = (saved[2], saved[3], saved[4], activations.output)
        attention.apply(activations.reading, parameters, saved: saved[0], into: o, on: path)
        LayerNorm.affine(o, parameters[Self.scale1], nil, into: c1)
        addToRows(of: c1, parameters[Self.classToken])
        perceptron.forward(c1, parameters, saved: saved[1], into: output, on: path)
        LayerNorm.normalize(
            output, epsilon: Self.finalEpsilon, into: normalized, scale: saved[5].pointer, scaleStride: saved[5].stride)
        LayerNorm.affine(normalized, parameters[Self.finalGamma], parameters[Self.finalBeta], into: output)
    }

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        let saved = saved(activations)
        let (o, c1, normalized) = (saved[2], saved[3], saved[4])
        LayerNorm.affineBackward(
            outputGradient, normalized: normalized, parameters[Self.finalGamma],
            gammaGradient: gradients[Self.finalGamma], betaGradient: gradients[Self.finalBeta])
        LayerNorm.backward(
            outputGradient, normalized: normalized, scale: saved[5].pointer, scaleStride: saved[5].stride)
        perceptron.backward(outputGradient, c1, parameters, saved: saved[1], gradients: gradients, on: path)
        sumRows(of: outputGradient, into: gradients[Self.classToken])
        LayerScale.backward(outputGradient, o, parameters[Self.scale1], gradient: gradients[Self.scale1], into: o)
        attention.backward(
            o, activations.reading, parameters, saved: saved[0], gradients: gradients, readingGradient: readingGradient,
            on: path)
    }

    @specialized(where S == Float)
    package func queryGradient<S: Scalar>(
        _ queries: AttentionQueries<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        let scratch = scratch(activations)
        let (latent, slope, tokenSlope) = (scratch[1], scratch[2], queries.extraTokens)
        attention.queriesBackward(
            queries, latent: latent, parameters, scratch: scratch[0], gradients: gradients, sharesNorm: true,
            latentGradient: slope, on: path)
        // Overwrites n_0 with ĉ_0, which the norm's backward needs.
        let normalized = latent
        LayerNorm.normalize(parameters.matrix(Self.classToken), epsilon: Self.epsilon, into: normalized)
        LayerNorm.affineBackward(
            slope, normalized: normalized, parameters[Self.gamma1], gammaGradient: gradients[Self.gamma1],
            betaGradient: gradients[Self.beta1], accumulate: true)
        add(tokenSlope, to: slope)
        LayerNorm.backward(slope, normalized: normalized, scale: scratch[3].pointer)
        add(slope, to: gradients.matrix(Self.classToken))
    }
}
