package import Numerics

/// Fine-tuning of the last blocks of the backbone, a transformer, together with a head.
///
/// The cached tokens x of layer L − k go through blocks L − k … L − 1 of L. A block is, by `block-type`,
///
/// - `pre-norm`: x ← x + MHSA(LN1(x)), x ← x + W_2 GELU(W_1 LN2(x) + b_1) + b_2;
/// - `layer-scale`: x ← x + λ_1 ⊙ MHSA(LN1(x)), x ← x + λ_2 ⊙ (W_2 GELU(W_1 LN2(x) + b_1) + b_2);
/// - `post-norm`: x ← LN1(x + MHSA(x)), x ← LN2(x + W_2 GELU(W_1 x + b_1) + b_2);
///
/// with the biases of q, k and v, hidden width 4·D, GELU by erf. The final norm follows, but for post-norm blocks; y is
/// the class token, or the mean of the patch tokens. All of these tensors start from the backbone's weights, and are
/// trained; with k = L that is the whole backbone except its embedding. Attention runs over each sample's own tokens.
///
/// The result of a block depends on all its tokens: a backbone with a class token needs `tokens: all`.
///
/// Parameters: k (12·D² + 13·D), 2·D·k more with layer scale, 2·D of the final norm where there is one, and the head's
/// D·C + C. MACs in front of the head, N tokens: forward k (12·N·D² + 2·N²·D) in both accountings; backward twice that
/// in the literature's, and k (36·N·D² + 6·N²·D) − 3·N·D² as executed, a third of which recomputes values.
///
/// Source: partial fine-tuning as in He et al., "Masked autoencoders are scalable vision learners" (CVPR 2022), section
/// 4.3; the blocks are those of Dosovitskiy et al., "An image is worth 16x16 words" (ICLR 2021), with the layer scale of
/// Touvron et al., "Going deeper with image transformers" (ICCV 2021), and of BERT (see `PostNormBlock`).
package struct FinetuneProbe: GradientProbe {
    package static let name = "finetune"
    package static let summary = "the backbone's last blocks, trained further from its own weights"
    package static let options = [
        ProbeOption(
            name: "blocks", kind: .blocks, defaultValue: .text("rest"),
            summary: "k; the layer must be the k-th before the last, which it always is for rest"),
        ProbeOption(
            name: "heads", kind: .countOfBackbone, defaultValue: .text(backbone),
            summary: "H; backbone is what the weights say, and \(standardHeads) where they do not"),
        ProbeOption(
            name: "input", kind: .choice(["class", "mean"]), defaultValue: .text("class"),
            summary: "the vector that the head reads: the class token, or the mean of the patch tokens"),
        ProbeOption(
            name: "tokens", kind: .choice(TokenSelection.allCases.map(\.rawValue)),
            defaultValue: .text(TokenSelection.all.rawValue),
            summary: "the tokens that the blocks read: all that the backbone has, or patch where it has no others"),
        ProbeOption(
            name: "weights", kind: .name, defaultValue: .text("backbone"),
            summary: "weights/NAME.safetensors beside the features, with the backbone's tensors"),
        ProbeOption(
            name: "block-type", kind: .choice([backbone] + BlockType.allCases.map(\.rawValue)),
            defaultValue: .text(backbone),
            summary: "how residuals and norms go together; backbone is what the weights say", isLeftOutAtDefault: true),
        ProbeOption(
            name: "epsilon", kind: .choice([backbone] + epsilons), defaultValue: .text(backbone),
            summary: "ε of the norms; backbone is what the weights say", isLeftOutAtDefault: true),
    ]

    /// The value of an option that is left to the file of weights.
    static let backbone = "backbone"
    /// H where the weights do not say.
    static let standardHeads = 12
    /// ε of common backbones, as options write it; the first where the weights do not say.
    static let epsilons = ["1e-6", "1e-12", "1e-5"]

    package let shape: ProbeShape
    package let reading: ProbeReading
    package var outputWidth: Int { shape.width }
    let blocks: Int
    let heads: Int
    let tokens: TokenSelection
    let readsClassToken: Bool
    let blockType: BlockType
    let epsilon: Double
    /// Whether a norm stands behind the last block.
    var hasFinalNorm: Bool { blockType != .postNorm }
    /// The first block that is trained, by its number in the backbone.
    let firstBlock: Int

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        blocks = options.blocks("blocks")
        heads = options.countOfBackbone("heads", otherwise: Self.standardHeads)
        tokens = TokenSelection(options)
        readsClassToken = options.choice("input") == "class"
        blockType = BlockType(rawValue: options.choice("block-type")) ?? .preNorm
        epsilon = Double(options.choice("epsilon")) ?? 1e-6
        reading = .tokens(tokens)
        firstBlock = shape.surroundings?.layer ?? 0
        self.shape = shape
        try Self.check(reading, fits: shape)
        try Self.check(heads: heads, divide: shape.width, "the width")
        if readsClassToken && tokens == .patch {
            throw ProbeError(
                probe: Self.name, option: "input", problem: "patch tokens have no class token among them",
                remedy: "read the mean, or give tokens: all")
        }
        if let surroundings = shape.surroundings { try check(surroundings) }
    }

    // MARK: Tensors

    private static let blockNames = TransformerStack.Names(projection: "attn.qkv", output: "attn.proj")

    /// Named as in the backbone's file, block by block, and the final norm where there is one.
    package var tensors: [TensorSpecification] {
        let D = shape.width
        let blocks = (firstBlock..<firstBlock + blocks).flatMap { index in
            TransformerStack.tensors(
                width: D, type: blockType, prefix: "blocks.\(index).", names: Self.blockNames, deviation: 0.02,
                residualDeviation: 0.02)
        }
        let norm = [
            TensorSpecification("norm.weight", shape: [D], .constant(1)),
            TensorSpecification("norm.bias", shape: [D], .constant(0)),
        ]
        return (blocks + (hasFinalNorm ? norm : [])).map {
            TensorSpecification($0.name, shape: $0.shape, .loaded(otherwise: $0.initializer))
        }
    }

    private var stack: TransformerStack {
        TransformerStack(
            width: shape.width, heads: heads, count: blocks, type: blockType, epsilon: epsilon,
            longest: shape.longest(tokens), first: 0)
    }

    private var gamma: Int { blocks * TransformerStack.tensors(ofBlock: blockType) }
    private var beta: Int { gamma + 1 }

    package var referencePooling: MultiplyAccumulates {
        let N = tokens.count(shape.chargedTokens)
        let forward = TransformerStack.forward(width: shape.width, count: blocks, tokens: N)
        return MultiplyAccumulates(forward: forward, backward: 2 * forward)
    }

    package var executedPooling: MultiplyAccumulates {
        let N = tokens.count(shape.chargedTokens)
        return MultiplyAccumulates(
            forward: TransformerStack.forward(width: shape.width, count: blocks, tokens: N),
            backward: TransformerStack.backward(width: shape.width, count: blocks, tokens: N))
    }

    // MARK: Memory

    /// x̂ of the final norm, pooled.
    package var savedWidth: Int { hasFinalNorm ? shape.width : 0 }

    private var scratchWidths: [Int] {
        let R = TokenGroup.capacity(longest: shape.longest(tokens))
        return [stack.scratchWidth, R * shape.width, R]
    }

    package var scratchWidth: Int { scratchWidths.reduce(0, +) }

    /// A group's values: the blocks', and x̂ and 1/√(v + ε) of the final norm.
    private struct Values<S: Scalar> {
        let blocks: [TransformerValues<S>]
        let normalized, scale: MatrixView<S>
    }

    private func values<S>(_ activations: ProbeActivations<S>, _ group: TokenGroup) -> Values<S> {
        let parts = activations.scratch.split(scratchWidths)
        return Values(
            blocks: stack.values(parts[0], rows: group.rows),
            normalized: parts[1].reshaped(group.rows, shape.width), scale: parts[2].reshaped(group.rows, 1))
    }

    /// The rows of a sample that its output is the mean of.
    private func pooledRows(_ rows: Range<Int>) -> Range<Int> {
        if readsClassToken { return rows.prefix(1) }
        return tokens == .all ? rows.dropFirst(1 + (shape.surroundings?.registers ?? 0)) : rows
    }

    // MARK: Forward and backward

    @specialized(where S == Float)
    private func run<S: Scalar>(
        _ group: TokenGroup, _ values: Values<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        on path: KernelPath
    ) {
        stack.forward(activations.inputs.tokens, group, parameters, values.blocks, on: path)
        guard hasFinalNorm else { return }
        LayerNorm.normalize(
            values.blocks[blocks - 1].rows, epsilon: epsilon, into: values.normalized, scale: values.scale.pointer)
    }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        let pooled = hasFinalNorm ? activations.saved : activations.output
        for group in TokenGroup.groups(of: activations.inputs.tokens, longest: shape.longest(tokens)) {
            let values = values(activations, group)
            run(group, values, activations, parameters, on: path)
            let rows = hasFinalNorm ? values.normalized : values.blocks[blocks - 1].rows
            for sample in group.samples {
                averageRows(of: rows.rows(pooledRows(group.rows(sample))), into: pooled.row(sample))
            }
        }
        guard hasFinalNorm else { return }
        // The mean of γ ⊙ x̂ + β is that of x̂, scaled and shifted.
        LayerNorm.affine(activations.saved, parameters[gamma], parameters[beta], into: activations.output)
    }

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        let stack = stack
        if hasFinalNorm {
            LayerNorm.affineBackward(
                outputGradient, normalized: activations.saved, parameters[gamma], gammaGradient: gradients[gamma],
                betaGradient: gradients[beta])
        }
        stack.clear(gradients)
        for group in TokenGroup.groups(of: activations.inputs.tokens, longest: shape.longest(tokens)) {
            let values = values(activations, group)
            run(group, values, activations, parameters, on: path)
            let slope = values.blocks[blocks - 1].slope
            slope.clear()
            for sample in group.samples {
                let rows = pooledRows(group.rows(sample))
                spread(
                    outputGradient.rows(sample..<sample + 1), by: 1 / S(max(rows.count, 1)), into: slope.rows(rows))
            }
            if hasFinalNorm {
                LayerNorm.backward(slope, normalized: values.normalized, scale: values.scale.pointer)
            }
            stack.backward(group, parameters, values.blocks, gradients: gradients, on: path)
        }
        stack.finish(parameters, gradients: gradients)
    }
}
