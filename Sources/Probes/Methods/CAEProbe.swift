package import Numerics

/// CAE's attentive block: a query and tokens with layer norms of their own for query, keys and values.
///
/// q = W_q LN_q(ℓ); k_t = W_k LN_k(x_t); v_t = W_v LN_v(x_t), ε = 1e-5, no biases; H heads, c = d_h^{-1/2};
/// y = W_o [Σ_t a_ht v_ht] + b_o. A fourth norm is built, never used, and counted: its gradient is 0.
///
/// Keys and values are of the same x̂, so that the core attends once: g_h = γ_k ⊙ u_h (β_k is dead), z_h = γ_v ⊙ z̄_h +
/// β_v, as `LatentAttention` says. ℓ starts at 0: LN_q(0) = β_q = 0, attention is even in the first step.
///
/// Parameters: 4·D² + 10·D, and the head's D·C + C. MACs in front of the head, N tokens: literature, forward
/// 2·N·D² + 2·N·D + 2·D², backward twice that; executed, forward 2·H·N·D + 2·D², backward 2·H·N·D + 4·D².
///
/// Source: Chen et al., "Context autoencoder for self-supervised representation learning" (IJCV 2023), attentive
/// probing.
package struct CAEProbe: GradientProbe {
    package static let name = "cae"
    package static let summary = "CAE's attentive block: layer norms of their own for query, keys and values"
    package static let options = [
        ProbeOption(name: "heads", kind: .count, defaultValue: .integer(8), summary: "H; it must divide D"),
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
        reading = .attention(AttentionRequest(queries: heads, tokens: tokens, normEpsilon: Self.epsilon))
        self.shape = shape
        try Self.check(reading, fits: shape)
        try Self.check(heads: heads, divide: shape.width, "the width")
    }

    private static let epsilon = 1e-5
    private static let query = 0
    private static let queryGamma = 1
    private static let queryBeta = 2
    private static let unused = [7, 8]

    package var tensors: [TensorSpecification] {
        let D = shape.width
        let linear = TensorInitializer.defaultLinear(inputs: D)
        let norms = ["query_norm", "key_norm", "value_norm", "unused_norm"].flatMap { name in
            [
                TensorSpecification("\(name).weight", shape: [D], .constant(1)),
                TensorSpecification("\(name).bias", shape: [D], .constant(0)),
            ]
        }
        return [TensorSpecification("query", shape: [1, D], .constant(0), isDecayed: false)] + norms
            + ["query.weight", "key.weight", "value.weight", "output.weight"].map {
                TensorSpecification($0, shape: [D, D], linear)
            } + [TensorSpecification("output.bias", shape: [D], linear)]
    }

    private var attention: LatentAttention {
        let D = shape.width
        return LatentAttention(
            heads: heads, width: D, query: 9, queryBias: nil, keys: TensorRows(10, 0..<D), keyBias: nil,
            values: TensorRows(11, 0..<D), valueBias: nil, output: 12, outputBias: 13,
            keyNorm: LatentAttention.Norm(gamma: 3, beta: 4), valueNorm: LatentAttention.Norm(gamma: 5, beta: 6))
    }

    package var referencePooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        let forward = 2 * N * D * D + 2 * N * D + 2 * D * D
        return MultiplyAccumulates(forward: forward, backward: 2 * forward)
    }

    package var executedPooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        return MultiplyAccumulates(forward: 2 * heads * N * D + 2 * D * D, backward: 2 * heads * N * D + 4 * D * D)
    }

    /// The attention's, ℓ̂, n, n', and 1/√(v + ε) of ℓ.
    private var scratchWidths: [Int] { [attention.scratchWidth, shape.width, shape.width, shape.width, 1] }
    package var scratchWidth: Int { scratchWidths.reduce(0, +) }
    package var savedWidth: Int { attention.savedWidth }

    private func scratch<S>(_ activations: ProbeActivations<S>) -> [MatrixView<S>] {
        activations.scratch.split(scratchWidths)
    }

    @specialized(where S == Float)
    package func effectiveQueries<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, into queries: AttentionQueries<S>,
        on path: KernelPath
    ) {
        let scratch = scratch(activations)
        LayerNorm.normalize(
            parameters.matrix(Self.query), epsilon: Self.epsilon, into: scratch[1], scale: scratch[4].pointer)
        LayerNorm.affine(scratch[1], parameters[Self.queryGamma], parameters[Self.queryBeta], into: scratch[2])
        attention.queries(of: scratch[2], parameters, scratch: scratch[0], into: queries, on: path)
    }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        attention.apply(
            activations.reading, parameters, saved: activations.saved, into: activations.output, on: path)
    }

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        attention.backward(
            outputGradient, activations.reading, parameters, saved: activations.saved, gradients: gradients,
            readingGradient: readingGradient, on: path)
        for tensor in Self.unused { gradients[tensor].update(repeating: 0) }
    }

    @specialized(where S == Float)
    package func queryGradient<S: Scalar>(
        _ queries: AttentionQueries<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        let scratch = scratch(activations)
        attention.queriesBackward(
            queries, latent: scratch[2], parameters, scratch: scratch[0], gradients: gradients, sharesNorm: false,
            latentGradient: scratch[3], on: path)
        LayerNorm.affineBackward(
            scratch[3], normalized: scratch[1], parameters[Self.queryGamma],
            gammaGradient: gradients[Self.queryGamma], betaGradient: gradients[Self.queryBeta])
        LayerNorm.backward(scratch[3], normalized: scratch[1], scale: scratch[4].pointer)
        scale(scratch[3], by: 1, into: gradients.matrix(Self.query))
    }
}
