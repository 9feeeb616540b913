package import Numerics

/// V-JEPA 2's attentive probe: self-attention blocks over all tokens, then a cross-attention block without an output
/// projection.
///
/// x ← x + MHSA(LN(x)), x ← x + W_2 GELU(W_1 LN(x)), `blocks` times, with all biases; n_t = LN1(x_t); q = W_q ℓ + b_q,
/// ℓ not normalised; [k, v] = W_kv n_t + b_kv; c = d_h^{-1/2}; y_1 = ℓ + [Σ_t a_ht v_ht]; y = y_1 + W_2 GELU(W_1
/// LN2(y_1) + b_1) + b_2; ε = 1e-5 everywhere, hidden widths 4·D, GELU by erf, the same H heads in every block.
///
/// The tokens that the cross-attention reads are trained, so they need their own gradient, but keys still fold into the
/// query, g_h = c·W_K[h]ᵀ q_h, and values are projected after they are aggregated: n_t' = Σ_h (a_ht ζ_h + ψ_ht g_h).
/// ∂b_k = 0.
///
/// Parameters: with n blocks n (12·D² + 13·D) + 11·D² + 13·D, and the head's D·C + C. MACs in front of the head, N
/// tokens: literature, forward n (12·N·D² + 2·N²·D) + 2·N·D² + 2·N·D + 9·D², backward twice that; executed, forward n
/// (12·N·D² + 2·N²·D) + 2·H·N·D + 9·D², backward n (36·N·D² + 6·N²·D) − 3·N·D² + 5·H·N·D + 18·D², of which n (12·N·D² +
/// 2·N²·D) + H·N·D recompute values.
///
/// Source: Assran et al., "V-JEPA 2: self-supervised video models enable understanding, prediction and planning"
/// (2025), its attentive probe of four blocks. Weights and ℓ ~ N(0, 0.02²), W_o and W_2 of block i divided by √(2·i),
/// W_2 of the cross-attention block by √(2·n), biases 0.
package struct VJEPA2Probe: AttendingProbe {
    package static let name = "vjepa2"
    package static let summary = "V-JEPA 2's attentive probe: self-attention blocks, then cross-attention of one latent"
    package static let options = [
        ProbeOption(
            name: "blocks", kind: .count, defaultValue: .integer(3),
            summary: "self-attention blocks before the cross-attention"),
        ProbeOption(name: "heads", kind: .count, defaultValue: .integer(16), summary: "H; it must divide D"),
        TokenSelection.option,
        TokenPreparation.option,
    ]

    package let shape: ProbeShape
    package let reading: ProbeReading
    package var outputWidth: Int { shape.width }
    let blocks: Int
    let heads: Int
    let tokens: TokenSelection

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        blocks = options.count("blocks")
        heads = options.count("heads")
        tokens = TokenSelection(options)
        reading = .tokens(tokens)
        self.shape = shape
        try Self.check(reading, fits: shape)
        try Self.check(heads: heads, divide: shape.width, "the width")
    }

    private static let latent = 0
    private static let gamma = 1
    private static let beta = 2
    private static let query = 3
    private static let queryBias = 4
    private static let keyValue = 5
    private static let keyValueBias = 6
    private static let perceptronNorm = 7
    private static let firstOfPerceptron = 9
    private static let firstOfBlocks = 13
    private static let epsilon = 1e-5

    package var tensors: [TensorSpecification] {
        let D = shape.width
        let normal = TensorInitializer.normal(deviation: 0.02)
        let crossAttention = [
            TensorSpecification("latent", shape: [1, D], normal),
            TensorSpecification("norm1.weight", shape: [D], .constant(1)),
            TensorSpecification("norm1.bias", shape: [D], .constant(0)),
            TensorSpecification("query.weight", shape: [D, D], normal),
            TensorSpecification("query.bias", shape: [D], .constant(0)),
            TensorSpecification("key_value.weight", shape: [2 * D, D], normal),
            TensorSpecification("key_value.bias", shape: [2 * D], .constant(0)),
            TensorSpecification("norm2.weight", shape: [D], .constant(1)),
            TensorSpecification("norm2.bias", shape: [D], .constant(0)),
        ]
        let perceptron = ResidualPerceptron.tensors(width: D, deviation: 0.02, depth: blocks)
        let names = TransformerStack.Names(projection: "query_key_value", output: "output")
        let blocks = (0..<blocks).flatMap { index in
            TransformerStack.tensors(
                width: D, prefix: "blocks.\(index).", names: names, deviation: 0.02,
                residualDeviation: 0.02 / Double(2 * (index + 1)).squareRoot())
        }
        // The source decays every parameter, biases and norms too.
        return (crossAttention + perceptron + blocks).map { tensor in
            TensorSpecification(tensor.name, shape: tensor.shape, tensor.initializer, isDecayed: true)
        }
    }

    private var stack: TransformerStack {
        TransformerStack(
            width: shape.width, heads: heads, count: blocks, epsilon: Self.epsilon, longest: shape.longest(tokens),
            first: Self.firstOfBlocks)
    }

    private var perceptron: ResidualPerceptron {
        ResidualPerceptron(
            width: shape.width, first: Self.firstOfPerceptron,
            norm: ResidualPerceptron.Norm(
                gamma: Self.perceptronNorm, beta: Self.perceptronNorm + 1, epsilon: Self.epsilon))
    }

    private var core: HeadAttention { HeadAttention(heads: heads, width: shape.width) }

    private func scale<S: Scalar>() -> S { 1 / S(shape.width / heads).squareRoot() }

    // MARK: Cost

    package var referencePooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        let forward =
            TransformerStack.forward(width: D, count: blocks, tokens: N) + 2 * N * D * D + 2 * N * D
            + 9 * D * D
        return MultiplyAccumulates(forward: forward, backward: 2 * forward)
    }

    package var executedPooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        return MultiplyAccumulates(
            forward: TransformerStack.forward(width: D, count: blocks, tokens: N) + 2 * heads * N * D + 9 * D * D,
            backward: TransformerStack.backward(width: D, count: blocks, tokens: N) + 5 * heads * N * D + 18 * D * D)
    }

    // MARK: Memory

    /// v, y_1, the perceptron's, and Z, whose memory its gradient reuses.
    private var savedWidths: [Int] {
        let D = shape.width
        return [D, D, perceptron.savedWidth, heads * D, heads * D]
    }

    package var savedWidth: Int { savedWidths.reduce(0, +) }

    private struct Saved<S: Scalar> {
        let values, middle, perceptron, aggregates, aggregateSlopes: MatrixView<S>
    }

    private func saved<S>(_ activations: ProbeActivations<S>) -> Saved<S> {
        let parts = activations.saved.split(savedWidths)
        return Saved(
            values: parts[0], middle: parts[1], perceptron: parts[2], aggregates: parts[3], aggregateSlopes: parts[4])
    }

    /// Of a group: x̂ and n, and 1/√(v + ε), of the cross-attention's norm, A and ψ. Of a batch: q, q' and ℓ' by the
    /// query, G and ∂G.
    private struct Scratch<S: Scalar> {
        let stack, normalized, input, scale, attention, slope: MatrixView<S>
        let query, querySlope, latentSlope, effective, effectiveSlope: MatrixView<S>
    }

    private var scratchWidths: [Int] {
        let (D, R) = (shape.width, TokenGroup.capacity(longest: shape.longest(tokens)))
        return [stack.scratchWidth, R * D, R * D, R, heads * R, heads * R, D, D, D, heads * D, heads * D]
    }

    package var scratchWidth: Int { scratchWidths.reduce(0, +) }

    private func scratch<S>(_ activations: ProbeActivations<S>, rows R: Int) -> Scratch<S> {
        let (parts, D) = (activations.scratch.split(scratchWidths), shape.width)
        return Scratch(
            stack: parts[0], normalized: parts[1].reshaped(R, D), input: parts[2].reshaped(R, D),
            scale: parts[3].reshaped(R, 1), attention: parts[4].reshaped(heads, R), slope: parts[5].reshaped(heads, R),
            query: parts[6], querySlope: parts[7], latentSlope: parts[8], effective: parts[9],
            effectiveSlope: parts[10])
    }

    private var keys: TensorRows { TensorRows(Self.keyValue, 0..<shape.width) }
    private var values: TensorRows { TensorRows(Self.keyValue, shape.width..<2 * shape.width) }
    private var keyBias: TensorRows { TensorRows(Self.keyValueBias, 0..<shape.width) }
    private var valueBias: TensorRows { TensorRows(Self.keyValueBias, shape.width..<2 * shape.width) }

    // MARK: Forward

    package var predictors: Int? { heads }
    package var aggregateWidth: Int { shape.width }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, visit: MapVisit<S>?, on path: KernelPath
    ) {
        let (saved, batch) = (saved(activations), scratch(activations, rows: 0))
        Projection.apply(
            parameters.matrix(Self.latent), parameters.matrix(Self.query), parameters[Self.queryBias],
            into: batch.query, on: path)
        core.fold(batch.query, keys.matrix(parameters), scale: scale(), into: batch.effective, on: path)
        for group in groups(activations) {
            let scratch = scratch(activations, rows: group.rows)
            attend(group, activations, scratch, parameters, on: path)
            for sample in group.samples {
                let rows = group.rows(sample)
                let (attention, input) = (scratch.attention.columns(rows), scratch.input.rows(rows))
                visit?(sample, attention) { maps, target in
                    multiply(maps, input, into: target.vectors(0, width: shape.width), on: path)
                }
                multiply(attention, input, into: saved.aggregates.vectors(sample, width: shape.width), on: path)
            }
        }
        finish(activations, parameters, on: path)
    }

    package func aggregates<S: Scalar>(_ activations: ProbeActivations<S>) -> MatrixView<S> {
        saved(activations).aggregates
    }

    @specialized(where S == Float)
    package func finish<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        let saved = saved(activations)
        core.project(saved.aggregates, by: values.matrix(parameters), into: saved.values, on: path)
        addToRows(of: saved.values, valueBias.vector(parameters))
        Probes.scale(saved.values, by: 1, into: saved.middle)
        addToRows(of: saved.middle, parameters[Self.latent])
        perceptron.forward(saved.middle, parameters, saved: saved.perceptron, into: activations.output, on: path)
    }

    private func groups<S>(_ activations: ProbeActivations<S>) -> [TokenGroup] {
        TokenGroup.groups(of: activations.inputs.tokens, longest: shape.longest(tokens))
    }

    /// Computes a group's values up to A.
    @specialized(where S == Float)
    @discardableResult
    private func attend<S: Scalar>(
        _ group: TokenGroup, _ activations: ProbeActivations<S>, _ scratch: Scratch<S>, _ parameters: TensorBlock<S>,
        on path: KernelPath
    ) -> [TransformerValues<S>] {
        let stack = stack
        let values = stack.values(scratch.stack, rows: group.rows)
        stack.forward(activations.inputs.tokens, group, parameters, values, on: path)
        LayerNorm.normalize(
            values[blocks - 1].rows, epsilon: Self.epsilon, into: scratch.normalized, scale: scratch.scale.pointer)
        LayerNorm.affine(scratch.normalized, parameters[Self.gamma], parameters[Self.beta], into: scratch.input)
        multiply(
            scratch.effective.vectors(0, width: shape.width), scratch.input, transposed: true,
            into: scratch.attention, on: path)
        for sample in group.samples { Softmax.apply(scratch.attention.columns(group.rows(sample))) }
        return values
    }

    // MARK: Backward

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        let (saved, batch, stack) = (saved(activations), scratch(activations, rows: 0), stack)
        perceptron.backward(
            outputGradient, saved.middle, parameters, saved: saved.perceptron, gradients: gradients, on: path)
        sumRows(of: outputGradient, into: gradients[Self.latent])
        sumRows(of: outputGradient, into: valueBias.vector(gradients))
        core.projectBackward(
            outputGradient, saved.aggregates, values.matrix(parameters), weightGradient: values.matrix(gradients),
            readingGradient: saved.aggregateSlopes, on: path)
        stack.clear(gradients)
        for tensor in [Self.gamma, Self.beta] { gradients[tensor].update(repeating: 0) }
        batch.effectiveSlope.clear()
        for group in groups(activations) {
            let scratch = scratch(activations, rows: group.rows)
            let values = attend(group, activations, scratch, parameters, on: path)
            crossBackward(group, saved, scratch, into: values[blocks - 1].slope, on: path)
            LayerNorm.affineBackward(
                values[blocks - 1].slope, normalized: scratch.normalized, parameters[Self.gamma],
                gammaGradient: gradients[Self.gamma], betaGradient: gradients[Self.beta], accumulate: true)
            LayerNorm.backward(
                values[blocks - 1].slope, normalized: scratch.normalized, scale: scratch.scale.pointer)
            stack.backward(group, parameters, values, gradients: gradients, on: path)
        }
        stack.finish(parameters, gradients: gradients)
        queryBackward(batch, parameters, gradients: gradients, on: path)
    }

    /// n' of a group's tokens, and its part of ∂G.
    @specialized(where S == Float)
    private func crossBackward<S: Scalar>(
        _ group: TokenGroup, _ saved: Saved<S>, _ scratch: Scratch<S>, into target: MatrixView<S>, on path: KernelPath
    ) {
        let D = shape.width
        for sample in group.samples {
            let rows = group.rows(sample)
            let (attention, slope) = (scratch.attention.columns(rows), scratch.slope.columns(rows))
            let aggregateSlopes = saved.aggregateSlopes.vectors(sample, width: D)
            let input = scratch.input.rows(rows)
            multiply(aggregateSlopes, input, transposed: true, into: slope, on: path)
            Softmax.backward(slope, attention: attention)
            multiply(
                slope, input, into: scratch.effectiveSlope.vectors(0, width: D), accumulate: true, on: path)
            multiply(attention, transposed: true, aggregateSlopes, into: target.rows(rows), on: path)
            multiply(
                slope, transposed: true, scratch.effective.vectors(0, width: D), into: target.rows(rows),
                accumulate: true, on: path)
        }
    }

    @specialized(where S == Float)
    private func queryBackward<S: Scalar>(
        _ batch: Scratch<S>, _ parameters: TensorBlock<S>, gradients: TensorBlock<S>, on path: KernelPath
    ) {
        core.foldBackward(
            batch.effectiveSlope, batch.query, keys.matrix(parameters), scale: scale(),
            keyGradient: keys.matrix(gradients), queryGradient: batch.querySlope, on: path)
        keyBias.vector(gradients).update(repeating: 0)
        Projection.backward(
            batch.querySlope, parameters.matrix(Self.latent), parameters.matrix(Self.query),
            weightGradient: gradients.matrix(Self.query), biasGradient: gradients[Self.queryBias],
            inputGradient: batch.latentSlope, on: path)
        add(batch.latentSlope, to: gradients.matrix(Self.latent))
    }
}
