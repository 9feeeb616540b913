package import Numerics

/// Fine-tuning of the last blocks of the backbone, a vision transformer, together with a head.
///
/// The cached tokens x of layer L − k go through blocks L − k … L − 1 of L, x ← x + MHSA(LN(x)), x ← x + W_2 GELU(W_1
/// LN(x) + b_1) + b_2, with the biases of q, k and v, and through the final norm; y is the class token, or the mean of
/// the patch tokens. ε = 1e-6, hidden width 4·D, GELU by erf. All of these tensors start from the backbone's weights,
/// and are trained; with k = L that is the whole backbone except its embedding.
///
/// The result of a block depends on all its tokens: a backbone with a class token needs `tokens: all`.
///
/// Parameters: k (12·D² + 13·D) + 2·D, and the head's D·C + C. MACs in front of the head, N tokens: forward k (12·N·D²
/// + 2·N²·D) in both accountings; backward twice that in the literature's, and k (36·N·D² + 6·N²·D) − 3·N·D² as
/// executed, a third of which recomputes values.
///
/// Source: partial fine-tuning as in He et al., "Masked autoencoders are scalable vision learners" (CVPR 2022), section
/// 4.3; the block is that of Dosovitskiy et al., "An image is worth 16x16 words" (ICLR 2021).
package struct FinetuneProbe: GradientProbe {
    package static let name = "finetune"
    package static let summary = "the backbone's last blocks, trained further from its own weights"
    package static let options = [
        ProbeOption(
            name: "blocks", kind: .blocks, defaultValue: .text("rest"),
            summary: "k; the layer must be the k-th before the last, which it always is for rest"),
        ProbeOption(name: "heads", kind: .count, defaultValue: .integer(12), summary: "the backbone's H"),
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
    ]

    package let shape: ProbeShape
    package let reading: ProbeReading
    package var outputWidth: Int { shape.width }
    let blocks: Int
    let heads: Int
    let tokens: TokenSelection
    let readsClassToken: Bool
    /// The first block that is trained, by its number in the backbone.
    let firstBlock: Int

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        blocks = options.blocks("blocks")
        heads = options.count("heads")
        tokens = TokenSelection(options)
        readsClassToken = options.choice("input") == "class"
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

    /// Named as in the backbone's file, block by block, and the final norm.
    package var tensors: [TensorSpecification] {
        let D = shape.width
        let blocks = (firstBlock..<firstBlock + blocks).flatMap { index in
            TransformerStack.tensors(
                width: D, prefix: "blocks.\(index).", names: Self.blockNames, deviation: 0.02, residualDeviation: 0.02)
        }
        let norm = [
            TensorSpecification("norm.weight", shape: [D], .constant(1)),
            TensorSpecification("norm.bias", shape: [D], .constant(0)),
        ]
        return (blocks + norm).map { TensorSpecification($0.name, shape: $0.shape, .loaded(otherwise: $0.initializer)) }
    }

    /// Rejects a layer that is not the k-th before the last, and weights that do not fit such a backbone.
    private func check(_ surroundings: ProbeSurroundings) throws(ProbeError) {
        guard let weights = surroundings.weights else { return }
        let depth = Self.depth(of: weights)
        guard surroundings.layer + blocks == depth else {
            throw ProbeError(
                probe: Self.name, option: "blocks",
                problem: "\(blocks) blocks do not reach the end of the backbone: "
                    + "\(max(0, depth - surroundings.layer)) of its \(depth) follow layer \(surroundings.layer)",
                remedy: "give as many blocks as follow the layer, or rest, at a layer before the last")
        }
        if surroundings.hasFinalNorm {
            throw ProbeError(
                probe: Self.name, problem: "the final norm was applied to the tokens of this layer",
                remedy: "extract the block's output without the final norm")
        }
        for tensor in tensors where weights[tensor.name] != tensor.shape {
            throw ProbeError(
                probe: Self.name, option: "weights",
                problem: "\(tensor.name) is \(weights[tensor.name].map { "\($0)" } ?? "missing"), and "
                    + "\(tensor.shape) is needed",
                remedy: "give the weights of a vision transformer with these names; docs/formats.md lists them")
        }
        let known = Set(tensors.map(\.name))
        let stray = weights.keys.filter { (Self.block($0) ?? -1) >= firstBlock && !known.contains($0) }.min()
        if let stray {
            throw ProbeError(
                probe: Self.name, option: "weights", problem: "the block has an unknown tensor \(stray)",
                remedy: "fine-tune a backbone of plain vision transformer blocks")
        }
    }

    /// L, the blocks of a backbone with these tensors.
    package static func depth(of weights: [String: [Int]]) -> Int {
        1 + (weights.keys.compactMap(block).max() ?? -1)
    }

    /// i of `blocks.i.…`.
    private static func block(_ name: String) -> Int? {
        let parts = name.split(separator: ".", maxSplits: 2)
        return parts.count == 3 && parts[0] == "blocks" ? Int(parts[1]).flatMap { $0 < 1 << 20 ? $0 : nil } : nil
    }

    private static let epsilon = 1e-6

    private var stack: TransformerStack {
        TransformerStack(
            width: shape.width, heads: heads, count: blocks, epsilon: Self.epsilon, longest: shape.longest(tokens),
            first: 0)
    }

    private var gamma: Int { blocks * TransformerStack.tensorsOfBlock }
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
    package var savedWidth: Int { shape.width }

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
        LayerNorm.normalize(
            values.blocks[blocks - 1].rows, epsilon: Self.epsilon, into: values.normalized,
            scale: values.scale.pointer)
    }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        for group in TokenGroup.groups(of: activations.inputs.tokens, longest: shape.longest(tokens)) {
            let values = values(activations, group)
            run(group, values, activations, parameters, on: path)
            for sample in group.samples {
                averageRows(
                    of: values.normalized.rows(pooledRows(group.rows(sample))), into: activations.saved.row(sample))
            }
        }
        // The mean of γ ⊙ x̂ + β is that of x̂, scaled and shifted.
        LayerNorm.affine(activations.saved, parameters[gamma], parameters[beta], into: activations.output)
    }

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        let stack = stack
        LayerNorm.affineBackward(
            outputGradient, normalized: activations.saved, parameters[gamma], gammaGradient: gradients[gamma],
            betaGradient: gradients[beta])
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
            LayerNorm.backward(slope, normalized: values.normalized, scale: values.scale.pointer)
            stack.backward(group, parameters, values.blocks, gradients: gradients, on: path)
        }
        stack.finish(parameters, gradients: gradients)
    }
}
