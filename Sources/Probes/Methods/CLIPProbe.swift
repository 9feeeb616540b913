package import Numerics

/// CLIP's attention pooling: the mean token attends to itself and to all tokens, with learned positions.
///
/// n_t = LN(x_t), ε = 1e-6, with affine (not in CLIP itself); n_0 = mean_t n_t; s_t = n_t + P_t for t = 0 … T; q, k, v
/// by one projection with biases; 4 heads, c = d_h^{-1/2}; y = W_o [Σ_t a_ht v_ht] + b_o for the query of row 0 alone.
///
/// Only row 0 needs a query: u_h = c·W_k[h]ᵀ q_h, a_h = softmax_t(u_h·s_t), z_h = Σ_t a_ht s_t, y_h = W_v[h] z_h +
/// b_v[h]. Backward: α_ht = ζ_h·s_t and ψ by softmax; p_h = Σ_t ψ_ht s_t gives W_k and q'; s'_t = Σ_h (a_ht ζ_h + ψ_ht
/// u_h), and W_qᵀ q' besides at t = 0; ∂P = Σ_b s'; n'_t = s'_t + s'_0/T gives γ and β. ∂b_k = 0. Positions train and
/// differ from token to token, so the tokens are made sample by sample here instead of in the core.
///
/// Parameters: 4·D² + (T + 7)·D, and the head's D·C + C. MACs in front of the head, N = T + 1: literature, forward
/// 4·N·D² + 2·N²·D, backward twice that; executed, forward 4·D² + 8·N·D, backward twice that.
///
/// Source: `AttentionPool2d` of Radford et al., "Learning transferable visual models from natural language supervision"
/// (ICML 2021), as changed in the code of the efficient-probing paper. P and the weight of q, k, v ~ N(0, 1/D).
package struct CLIPProbe: AttendingProbe {
    package static let name = "clip"
    package static let summary = "CLIP's attention pooling: the mean token attends, with learned positions"
    package static let options = [TokenSelection.laterOption, TokenPreparation.option]

    package let shape: ProbeShape
    package let reading: ProbeReading
    package var outputWidth: Int { shape.width }
    /// Tokens that are read, each with a position of its own; with the mean before them N.
    let tokens: Int

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        self.shape = shape
        let selection = TokenSelection(options)
        tokens = selection.count(shape.tokens.upperBound)
        reading = .tokens(selection)
        try Self.check(reading, fits: shape)
        try Self.check(heads: Self.heads, divide: shape.width, "the width")
        try Self.checkEqualLengths(shape, because: "it learns a vector for each position")
        if selection == .all, let registers = shape.surroundings?.registers, registers > 0 {
            throw ProbeError(
                probe: Self.name, option: "tokens",
                problem: "\(registers) registers stand beside the class token, and it has no positions for them",
                remedy: "read patch tokens")
        }
    }

    private static let epsilon = 1e-6
    private static let heads = 4
    private static let positions = 0
    private static let projection = 1
    private static let projectionBias = 2
    private static let output = 3
    private static let outputBias = 4
    private static let gamma = 5
    private static let beta = 6

    package var tensors: [TensorSpecification] {
        let D = shape.width
        let normal = TensorInitializer.normal(deviation: 1 / Double(D).squareRoot())
        let linear = TensorInitializer.defaultLinear(inputs: D)
        return [
            // The source decays all that is neither a gain nor a bias, positions too.
            TensorSpecification("positions", shape: [tokens + 1, D], normal),
            TensorSpecification("query_key_value.weight", shape: [3 * D, D], normal),
            TensorSpecification("query_key_value.bias", shape: [3 * D], .constant(0)),
            TensorSpecification("output.weight", shape: [D, D], linear),
            TensorSpecification("output.bias", shape: [D], linear),
            TensorSpecification("norm.weight", shape: [D], .constant(1)),
            TensorSpecification("norm.bias", shape: [D], .constant(0)),
        ]
    }

    private var queryRows: TensorRows { TensorRows(Self.projection, 0..<shape.width) }
    private var keyRows: TensorRows { TensorRows(Self.projection, shape.width..<2 * shape.width) }
    private var valueRows: TensorRows { TensorRows(Self.projection, 2 * shape.width..<3 * shape.width) }

    private func bias<S>(_ rows: TensorRows, _ block: TensorBlock<S>) -> UnsafeMutableBufferPointer<S> {
        UnsafeMutableBufferPointer(rebasing: block[Self.projectionBias][rows.rows])
    }

    package var referencePooling: MultiplyAccumulates {
        let (N, D) = (tokens + 1, shape.width)
        let forward = 4 * N * D * D + 2 * N * N * D
        return MultiplyAccumulates(forward: forward, backward: 2 * forward)
    }

    package var executedPooling: MultiplyAccumulates {
        let (N, D) = (tokens + 1, shape.width)
        let forward = 4 * D * D + 2 * Self.heads * N * D
        return MultiplyAccumulates(forward: forward, backward: 2 * forward)
    }

    private var core: HeadAttention { HeadAttention(heads: Self.heads, width: shape.width) }

    /// d_h^{-1/2}.
    private func scoreScale<S: Scalar>() -> S {
        1 / S(shape.width / Self.heads).squareRoot()
    }

    private struct Saved<S: Scalar> {
        /// s_0, the mean of x̂, q, q' and v.
        let first, mean, query, slope, value: MatrixView<S>
        /// u, z, ζ and p: `[n, 4 · D]`; and A `[n, 4 · N]`.
        let keys, pooled, pooledSlope, keySlope, attention: MatrixView<S>

        init(_ probe: CLIPProbe, _ activations: ProbeActivations<S>) {
            let parts = activations.saved.split(probe.savedWidths)
            (first, mean, query, slope, value) = (parts[0], parts[1], parts[2], parts[3], parts[4])
            (keys, pooled, pooledSlope, keySlope) = (parts[5], parts[6], parts[7], parts[8])
            attention = parts[9]
        }
    }

    private var savedWidths: [Int] {
        let D = shape.width
        return [D, D, D, D, D] + Array(repeating: Self.heads * D, count: 4) + [Self.heads * (tokens + 1)]
    }

    package var savedWidth: Int { savedWidths.reduce(0, +) }
    /// x̂ and s, α, and s'.
    private var scratchWidths: [Int] {
        let (N, D) = (tokens + 1, shape.width)
        return [N * D, N * D, N * D, Self.heads * N]
    }

    package var scratchWidth: Int { scratchWidths.reduce(0, +) }

    private struct Scratch<S: Scalar> {
        /// `[N, D]`, row 0 of `normalized` the mean of the others.
        let normalized, sequence, slopes: MatrixView<S>
        /// `[4, N]`.
        let scores: MatrixView<S>

        init(_ probe: CLIPProbe, _ activations: ProbeActivations<S>) {
            let (N, D) = (probe.tokens + 1, probe.shape.width)
            let parts = activations.scratch.split(probe.scratchWidths)
            normalized = parts[0].reshaped(N, D)
            sequence = parts[1].reshaped(N, D)
            slopes = parts[2].reshaped(N, D)
            scores = parts[3].reshaped(CLIPProbe.heads, N)
        }
    }

    /// x̂ and s of one sample.
    @specialized(where S == Float)
    private func makeSequence<S: Scalar>(
        _ sample: Int, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, _ scratch: Scratch<S>
    ) {
        let rows = scratch.normalized.rows(1..<tokens + 1)
        unpack(activations.inputs.tokens[sample], into: rows)
        LayerNorm.normalize(rows, epsilon: Self.epsilon, into: rows)
        sumRows(of: rows, into: scratch.normalized.row(0))
        let inverse = 1 / S(tokens)
        for channel in 0..<shape.width { scratch.normalized[0, channel] *= inverse }
        LayerNorm.affine(scratch.normalized, parameters[Self.gamma], parameters[Self.beta], into: scratch.sequence)
        add(parameters.matrix(Self.positions), to: scratch.sequence)
    }

    package var predictors: Int? { Self.heads }
    /// The mean token.
    package var leadingTokens: Int { 1 }
    package var aggregateWidth: Int { shape.width }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, visit: MapVisit<S>?, on path: KernelPath
    ) {
        let (saved, scratch) = (Saved(self, activations), Scratch(self, activations))
        for sample in 0..<activations.count {
            makeSequence(sample, activations, parameters, scratch)
            _ = saved.first.row(sample).update(fromContentsOf: scratch.sequence.row(0))
            _ = saved.mean.row(sample).update(fromContentsOf: scratch.normalized.row(0))
        }
        Projection.apply(
            saved.first, queryRows.matrix(parameters), bias(queryRows, parameters), into: saved.query, on: path)
        core.fold(saved.query, keyRows.matrix(parameters), scale: scoreScale(), into: saved.keys, on: path)
        for sample in 0..<activations.count {
            makeSequence(sample, activations, parameters, scratch)
            let attention = heads(saved.attention, sample, width: tokens + 1)
            multiply(heads(saved.keys, sample), scratch.sequence, transposed: true, into: attention, on: path)
            Softmax.apply(attention)
            visit?(sample, attention) { maps, target in
                multiply(maps, scratch.sequence, into: heads(target, 0), on: path)
            }
            multiply(attention, scratch.sequence, into: heads(saved.pooled, sample), on: path)
        }
        finish(activations, parameters, on: path)
    }

    package func aggregates<S: Scalar>(_ activations: ProbeActivations<S>) -> MatrixView<S> {
        Saved(self, activations).pooled
    }

    @specialized(where S == Float)
    package func finish<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        let saved = Saved(self, activations)
        core.project(saved.pooled, by: valueRows.matrix(parameters), into: saved.value, on: path)
        addToRows(of: saved.value, bias(valueRows, parameters))
        Projection.apply(
            saved.value, parameters.matrix(Self.output), parameters[Self.outputBias], into: activations.output,
            on: path)
    }

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        let (saved, scratch) = (Saved(self, activations), Scratch(self, activations))
        Projection.backward(
            outputGradient, saved.value, parameters.matrix(Self.output), weightGradient: gradients.matrix(Self.output),
            biasGradient: gradients[Self.outputBias], inputGradient: saved.value, on: path)
        sumRows(of: saved.value, into: bias(valueRows, gradients))
        core.projectBackward(
            saved.value, saved.pooled, valueRows.matrix(parameters), weightGradient: valueRows.matrix(gradients),
            readingGradient: saved.pooledSlope, on: path)
        for tensor in [Self.positions, Self.gamma, Self.beta] { gradients[tensor].update(repeating: 0) }
        for sample in 0..<activations.count {
            makeSequence(sample, activations, parameters, scratch)
            attendBackward(sample, saved, scratch, on: path)
            add(scratch.slopes, to: gradients.matrix(Self.positions))
            LayerNorm.affineBackward(
                scratch.slopes, normalized: scratch.normalized, parameters[Self.gamma],
                gammaGradient: gradients[Self.gamma], betaGradient: gradients[Self.beta], accumulate: true,
                scales: false)
        }
        bias(keyRows, gradients).update(repeating: 0)
        core.foldBackward(
            saved.keySlope, saved.query, keyRows.matrix(parameters), scale: scoreScale(),
            keyGradient: keyRows.matrix(gradients), queryGradient: saved.slope, on: path)
        queryBackward(saved, parameters, gradients, on: path)
    }

    /// p and s' of one sample.
    @specialized(where S == Float)
    private func attendBackward<S: Scalar>(
        _ sample: Int, _ saved: Saved<S>, _ scratch: Scratch<S>, on path: KernelPath
    ) {
        let pooledSlope = heads(saved.pooledSlope, sample)
        let attention = heads(saved.attention, sample, width: tokens + 1)
        multiply(pooledSlope, scratch.sequence, transposed: true, into: scratch.scores, on: path)
        Softmax.backward(scratch.scores, attention: attention)
        multiply(scratch.scores, scratch.sequence, into: heads(saved.keySlope, sample), on: path)
        multiply(attention, transposed: true, pooledSlope, into: scratch.slopes, on: path)
        multiply(
            scratch.scores, transposed: true, heads(saved.keys, sample), into: scratch.slopes, accumulate: true,
            on: path)
    }

    /// From q' the gradient of the query's projection, and its part of the gradient of row 0 of the sequence.
    @specialized(where S == Float)
    private func queryBackward<S: Scalar>(
        _ saved: Saved<S>, _ parameters: TensorBlock<S>, _ gradients: TensorBlock<S>, on path: KernelPath
    ) {
        // s_0 is not needed after ∂W_q, so its gradient reuses its memory.
        Projection.backward(
            saved.slope, saved.first, queryRows.matrix(parameters), weightGradient: queryRows.matrix(gradients),
            biasGradient: bias(queryRows, gradients), inputGradient: saved.first, on: path)
        LayerNorm.affineBackward(
            saved.first, normalized: saved.mean, parameters[Self.gamma], gammaGradient: gradients[Self.gamma],
            betaGradient: gradients[Self.beta], accumulate: true, scales: false)
        let positions = gradients.matrix(Self.positions).rows(0..<1)
        for sample in 0..<saved.first.rows { add(saved.first.rows(sample..<sample + 1), to: positions) }
    }

    /// One sample's row as a matrix with one row for each head.
    private func heads<S>(_ rows: MatrixView<S>, _ sample: Int, width: Int? = nil) -> MatrixView<S> {
        rows.rows(sample..<sample + 1).reshaped(Self.heads, width ?? shape.width)
    }
}
