package import Numerics

/// SigLIP's attention pooling (MAP head): a latent attends to projected tokens, and a perceptron refines what it gets.
///
/// q = W_q ℓ + b_q; [k, v] = W_kv x_t + b_kv; H heads, c = d_h^{-1/2}; o = W_o [Σ_t a_ht v_ht] + b_o; y = o + W_2
/// GELU(W_1 LN(o) + b_1) + b_2, hidden width 4·D, GELU by erf. `norm: none` leaves LN out, as the code of the
/// efficient-probing paper does; `norm: layer` has it, ε = 1e-6, as SigLIP's own head does. There is no positional
/// term.
///
/// Evaluated and differentiated as `LatentAttention` and `ResidualPerceptron` say; ∂b_k = 0.
///
/// Parameters: 12·D² + 10·D, 2·D more with the norm, and the head's D·C + C. MACs in front of the head, N tokens:
/// literature, forward 2·N·D² + 2·N·D + 10·D², backward 2·N·D² + 4·N·D + 20·D²; executed, forward 2·H·N·D + 10·D²,
/// backward 2·H·N·D + 20·D².
///
/// Source: Zhai et al., "Sigmoid loss for language image pre-training" (ICCV 2023), `AttentionPoolLatent` of timm.
package struct SigLIPProbe: GradientProbe {
    package static let name = "siglip"
    package static let summary = "SigLIP's attention pooling: a latent, its attention, and a perceptron"
    package static let options = [
        ProbeOption(name: "heads", kind: .count, defaultValue: .integer(8), summary: "H; it must divide D"),
        ProbeOption(
            name: "norm", kind: .choice(["none", "layer"]), defaultValue: .text("none"),
            summary: "whether a layer norm stands before the perceptron, as in SigLIP itself"),
        TokenSelection.option,
        TokenPreparation.option,
        LevelMix.option,
        LevelMix.normOption,
    ]

    package let shape: ProbeShape
    package let reading: ProbeReading
    package var outputWidth: Int { shape.width }
    let heads: Int
    let tokens: TokenSelection
    let hasNorm: Bool

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        heads = options.count("heads")
        hasNorm = options.choice("norm") == "layer"
        tokens = TokenSelection(options)
        reading = .attention(AttentionRequest(queries: heads, tokens: tokens))
        self.shape = shape
        try Self.check(reading, fits: shape)
        try Self.check(heads: heads, divide: shape.width, "the width")
    }

    private static let latent = 0
    private static let perceptron = 7

    package var tensors: [TensorSpecification] {
        let D = shape.width
        let linear = TensorInitializer.defaultLinear(inputs: D)
        let norm = [
            TensorSpecification("norm.weight", shape: [D], .constant(1)),
            TensorSpecification("norm.bias", shape: [D], .constant(0)),
        ]
        return [
            // The source decays kernels alone.
            TensorSpecification(
                "latent", shape: [1, D], .truncatedNormal(deviation: 1 / Double(D).squareRoot()), isDecayed: false),
            TensorSpecification("query.weight", shape: [D, D], linear),
            TensorSpecification("query.bias", shape: [D], linear),
            TensorSpecification("key_value.weight", shape: [2 * D, D], linear),
            TensorSpecification("key_value.bias", shape: [2 * D], linear),
            TensorSpecification("output.weight", shape: [D, D], linear),
            TensorSpecification("output.bias", shape: [D], linear),
        ] + ResidualPerceptron.tensors(width: D) + (hasNorm ? norm : [])
    }

    private var attention: LatentAttention {
        let D = shape.width
        return LatentAttention(
            heads: heads, width: D, query: 1, queryBias: 2, keys: TensorRows(3, 0..<D), keyBias: TensorRows(4, 0..<D),
            values: TensorRows(3, D..<2 * D), valueBias: TensorRows(4, D..<2 * D), output: 5, outputBias: 6)
    }

    private var perceptron: ResidualPerceptron {
        ResidualPerceptron(
            width: shape.width, first: Self.perceptron,
            norm: hasNorm ? ResidualPerceptron.Norm(gamma: 11, beta: 12, epsilon: 1e-6) : nil)
    }

    package var referencePooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        return MultiplyAccumulates(
            forward: 2 * N * D * D + 2 * N * D + 10 * D * D, backward: 2 * N * D * D + 4 * N * D + 20 * D * D)
    }

    package var executedPooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        return MultiplyAccumulates(
            forward: 2 * heads * N * D + 10 * D * D, backward: 2 * heads * N * D + 20 * D * D)
    }

    package var scratchWidth: Int { attention.scratchWidth }
    /// The attention's, the perceptron's, and o.
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
            of: parameters.matrix(Self.latent), parameters, scratch: activations.scratch, into: queries, on: path)
    }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        let saved = saved(activations)
        attention.apply(activations.reading, parameters, saved: saved[0], into: saved[2], on: path)
        perceptron.forward(saved[2], parameters, saved: saved[1], into: activations.output, on: path)
    }

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        let saved = saved(activations)
        perceptron.backward(outputGradient, saved[2], parameters, saved: saved[1], gradients: gradients, on: path)
        attention.backward(
            outputGradient, activations.reading, parameters, saved: saved[0], gradients: gradients,
            readingGradient: readingGradient, on: path)
    }

    @specialized(where S == Float)
    package func queryGradient<S: Scalar>(
        _ queries: AttentionQueries<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        attention.queriesBackward(
            queries, latent: parameters.matrix(Self.latent), parameters, scratch: activations.scratch,
            gradients: gradients, sharesNorm: false, latentGradient: gradients.matrix(Self.latent), on: path)
    }
}
