internal import Numerics

/// AbMILP with self-attention before the scores, hidden layers in them, or both, which is not linear in the tokens.
///
/// With self-attention, y_t = W_o Σ_τ A_tτ W_v x_τ + b_o, A = softmax(D^{-1/2} (W_q x_t)·(W_k x_τ)), one head, no
/// residual; else y_t = x_t. h_1 = φ(W_1 y_t + b_1), h_i = φ(W_i h_{i−1} + b_i), e_t = w·h + b; a = softmax_t(e); the
/// output is Σ_t a_t y_t, or Σ_t a_t x_t where self-attention is used for the map only.
///
/// Three products are folded once a step: G = D^{-1/2} W_qᵀ W_k, V = W_o W_v, F = W_1 V. Then A = softmax(X G Xᵀ), R =
/// A X, h_1 = φ(R Fᵀ + W_1 b_o + b_1), and the output is V Σ_t a_t R_t + b_o. Gradients are taken of G, V and F and
/// unfolded once a step: ∂W_1 = ∂F Vᵀ + (Σ h_1') b_oᵀ; ∂V += W_1ᵀ ∂F; ∂b_o += W_1ᵀ Σ h_1'; ∂W_o = ∂V W_vᵀ; ∂W_v = W_oᵀ
/// ∂V; ∂W_q = D^{-1/2} W_k ∂Gᵀ; ∂W_k = D^{-1/2} W_q ∂G.
struct AbMILPLayers {
    enum SelfAttention: String, CaseIterable {
        case none, map, both
    }

    enum Activation: String, CaseIterable {
        case tanh, relu
    }

    /// D.
    let width: Int
    /// The most tokens of a sample.
    let longest: Int
    let selfAttention: SelfAttention
    let activation: Activation
    /// Layers of the score, the last one included.
    let depth: Int

    var attends: Bool { selfAttention != .none }
    private var hiddenLayers: Int { depth - 1 }

    // MARK: Tensors

    private static let projection = 0
    private static let output = 1
    private static let outputBias = 2
    private var firstLayer: Int { attends ? 3 : 0 }
    private func weight(_ layer: Int) -> Int { firstLayer + 2 * layer }
    private func bias(_ layer: Int) -> Int { firstLayer + 2 * layer + 1 }

    var tensors: [TensorSpecification] {
        let (D, linear) = (width, TensorInitializer.defaultLinear(inputs: width))
        let attention = [
            TensorSpecification("query_key_value.weight", shape: [3 * D, D], linear),
            TensorSpecification("output.weight", shape: [D, D], linear),
            TensorSpecification("output.bias", shape: [D], linear),
        ]
        let hidden = (0..<hiddenLayers).flatMap { layer in
            [
                TensorSpecification("hidden.\(layer).weight", shape: [D, D], linear),
                TensorSpecification("hidden.\(layer).bias", shape: [D], linear),
            ]
        }
        return (attends ? attention : []) + hidden + [
            TensorSpecification("score.weight", shape: [1, D], linear),
            TensorSpecification("score.bias", shape: [1], linear),
        ]
    }

    // MARK: Cost

    func reference(_ N: Int) -> MultiplyAccumulates {
        let (D, L) = (width, hiddenLayers)
        let attention = attends ? 4 * N * D * D + 2 * N * N * D : 0
        // Without self-attention the first layer's inputs are frozen.
        let frozen = attends ? 3 * N * D * D : L > 0 ? N * D * D : N * D
        return MultiplyAccumulates(
            forward: attention + L * N * D * D + N * D,
            backward: 2 * (attention + L * N * D * D + N * D) - frozen)
    }

    func executed(_ N: Int) -> MultiplyAccumulates {
        let (D, L) = (width, hiddenLayers)
        let attention = attends ? N * D * D + 2 * N * N * D : 0
        let projection = selfAttention == .both ? D * D : 0
        let first = attends ? 0 : min(L, 1) * N * D * D
        return MultiplyAccumulates(
            forward: attention + L * N * D * D + 2 * N * D + projection,
            backward: attention + 2 * L * N * D * D - first + 3 * N * D + 2 * projection)
    }

    // MARK: Memory

    /// a, r and r', A, R, and h of every hidden layer.
    private var savedWidths: [Int] {
        let (T, D) = (longest, width)
        return [T, D, D, attends ? T * T : 0, attends ? T * D : 0] + Array(repeating: T * D, count: hiddenLayers)
    }

    var savedWidth: Int { savedWidths.reduce(0, +) }

    /// Rows of the first layer: D, or 1 if it is the last.
    private var firstRows: Int { hiddenLayers > 0 ? width : 1 }

    /// G, V, F, and the gradients of each; the first layer's constant and its gradient.
    private var foldedWidths: [Int] {
        let (D, square) = (width, attends ? width * width : 0)
        let first = firstRows * D
        return [square, square, first, square, square, first, firstRows, firstRows]
    }

    /// Tokens, two buffers `[T, D]`, and two `[T, T]`.
    private var sampleWidths: [Int] {
        let (T, D) = (longest, width)
        return [T * D, T * D, T * D, attends ? T * T : 0, T]
    }

    private var scratchWidths: [Int] { [foldedWidths.reduce(0, +), sampleWidths.reduce(0, +)] }
    var scratchWidth: Int { scratchWidths.reduce(0, +) }

    private struct Folded<S: Scalar> {
        let scores, values, first, scoresSlope, valuesSlope, firstSlope: MatrixView<S>
        let constant, constantSlope: MatrixView<S>
    }

    private func folded<S>(_ activations: ProbeActivations<S>) -> Folded<S> {
        let (parts, D) = (activations.scratch.split(scratchWidths)[0].split(foldedWidths), width)
        let square = attends ? D : 0
        return Folded(
            scores: parts[0].reshaped(square, D), values: parts[1].reshaped(square, D),
            first: parts[2].reshaped(firstRows, D), scoresSlope: parts[3].reshaped(square, D),
            valuesSlope: parts[4].reshaped(square, D), firstSlope: parts[5].reshaped(firstRows, D),
            constant: parts[6], constantSlope: parts[7])
    }

    private struct Sample<S: Scalar> {
        /// X, R (X itself without self-attention), and buffers, `[T, D]`.
        let tokens, mixed, room, other: MatrixView<S>
        /// A and its gradient, `[T, T]`.
        let attention, attentionSlope: MatrixView<S>
        /// h of every hidden layer, `[T, D]`.
        let hidden: [MatrixView<S>]
        /// a, r, r', and e' or a buffer for it: `[1, …]`.
        let weights, pooled, pooledSlope, scoreSlope: MatrixView<S>
    }

    private func sample<S>(_ index: Int, _ activations: ProbeActivations<S>) -> Sample<S> {
        let view = activations.inputs.tokens[index]
        let (T, D) = (view.tokens, width)
        let scratch = activations.scratch.split(scratchWidths)[1].split(sampleWidths)
        let saved = activations.saved.rows(index..<index + 1).split(savedWidths)
        let square = attends ? T : 0
        let tokens = scratch[0].reshaped(T, D)
        unpack(view, into: tokens)
        return Sample(
            tokens: tokens, mixed: attends ? saved[4].reshaped(T, D) : tokens, room: scratch[1].reshaped(T, D),
            other: scratch[2].reshaped(T, D), attention: saved[3].reshaped(square, T),
            attentionSlope: scratch[3].reshaped(square, T), hidden: saved.dropFirst(5).map { $0.reshaped(T, D) },
            weights: saved[0].reshaped(1, T), pooled: saved[1], pooledSlope: saved[2],
            scoreSlope: scratch[4].reshaped(1, T))
    }

    // MARK: Forward

    private func rows(_ part: Int) -> TensorRows { TensorRows(Self.projection, part * width..<(part + 1) * width) }

    /// D^{-1/2}.
    private func scale<S: Scalar>() -> S {
        1 / S(width).squareRoot()
    }

    @specialized(where S == Float)
    private func fold<S: Scalar>(_ folded: Folded<S>, _ parameters: TensorBlock<S>, on path: KernelPath) {
        let (first, constant) = (parameters.matrix(weight(0)), folded.constant)
        _ = constant.row(0).update(fromContentsOf: parameters[bias(0)])
        guard attends else {
            Probes.scale(first, by: 1, into: folded.first)
            return
        }
        multiply(
            rows(0).matrix(parameters), transposed: true, rows(1).matrix(parameters), into: folded.scores,
            alpha: scale(), on: path)
        multiply(parameters.matrix(Self.output), rows(2).matrix(parameters), into: folded.values, on: path)
        multiply(first, folded.values, into: folded.first, on: path)
        let shift = MatrixView(pointer: parameters.matrix(Self.outputBias).pointer, rows: 1, columns: width)
        multiply(shift, first, transposed: true, into: constant, accumulate: true, on: path)
    }

    @specialized(where S == Float)
    func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, visit: MapVisit<S>?, on path: KernelPath
    ) {
        let folded = folded(activations)
        fold(folded, parameters, on: path)
        for index in 0..<activations.count {
            let sample = sample(index, activations)
            if attends {
                multiply(sample.tokens, folded.scores, into: sample.room, on: path)
                multiply(sample.room, sample.tokens, transposed: true, into: sample.attention, on: path)
                Softmax.apply(sample.attention)
                multiply(sample.attention, sample.tokens, into: sample.mixed, on: path)
            }
            score(sample, folded, parameters, on: path)
            Softmax.apply(sample.weights)
            let content = selfAttention == .both ? sample.mixed : sample.tokens
            visit?(index, sample.weights) { multiply($0, content, into: $1, on: path) }
            multiply(sample.weights, content, into: sample.pooled, on: path)
        }
        finish(activations, parameters, on: path)
    }

    /// r = Σ_t a_t R_t, or of x_t where self-attention is used for the map only.
    func pooled<S>(_ activations: ProbeActivations<S>) -> MatrixView<S> { activations.saved.split(savedWidths)[1] }

    /// Output ← r, with V as the forward pass folded it.
    @specialized(where S == Float)
    func finish<S: Scalar>(_ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath) {
        let pooled = pooled(activations)
        guard selfAttention == .both else { return Probes.scale(pooled, by: 1, into: activations.output) }
        Projection.apply(
            pooled, folded(activations).values, parameters[Self.outputBias], into: activations.output, on: path)
    }

    /// Writes e to the memory of a.
    @specialized(where S == Float)
    private func score<S: Scalar>(
        _ sample: Sample<S>, _ folded: Folded<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        var input = sample.mixed
        for (layer, hidden) in sample.hidden.enumerated() {
            let (matrix, shift) =
                layer == 0
                ? (folded.first, folded.constant.row(0)) : (parameters.matrix(weight(layer)), parameters[bias(layer)])
            Projection.apply(input, matrix, shift, into: hidden, on: path)
            activate(hidden)
            input = hidden
        }
        // The last constant is the same for all tokens, and cancels in softmax.
        let last = hiddenLayers == 0 ? folded.first : parameters.matrix(weight(hiddenLayers))
        multiply(last, input, transposed: true, into: sample.weights, on: path)
    }

    @specialized(where S == Float)
    private func activate<S: Scalar>(_ rows: MatrixView<S>) {
        for row in 0..<rows.rows {
            let elements = rows.row(row)
            switch activation {
            case .tanh: for index in elements.indices { elements[index] = hyperbolicTangent(elements[index]) }
            case .relu: for index in elements.indices { elements[index] = max(elements[index], 0) }
            }
        }
    }

    /// h' ⊙ φ', φ' from φ's value.
    @specialized(where S == Float)
    private func activateBackward<S: Scalar>(_ slopes: MatrixView<S>, at values: MatrixView<S>) {
        guard activation == .tanh else { return multiplyByRectifierDerivative(slopes, at: values) }
        for row in 0..<slopes.rows {
            let (slope, value) = (slopes.row(row), values.row(row))
            for index in slope.indices { slope[index] *= 1 - value[index] * value[index] }
        }
    }

    // MARK: Backward

    @specialized(where S == Float)
    func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        let (folded, saved) = (folded(activations), activations.saved.split(savedWidths))
        for tensor in tensors.indices { gradients[tensor].update(repeating: 0) }
        for slope in [folded.scoresSlope, folded.valuesSlope, folded.firstSlope, folded.constantSlope] { slope.clear() }
        if selfAttention == .both {
            Projection.backward(
                outputGradient, saved[1], folded.values, weightGradient: folded.valuesSlope,
                biasGradient: gradients[Self.outputBias], inputGradient: saved[2], on: path)
        } else {
            Probes.scale(outputGradient, by: 1, into: saved[2])
        }
        for index in 0..<activations.count {
            let sample = sample(index, activations)
            let content = selfAttention == .both ? sample.mixed : sample.tokens
            multiply(sample.pooledSlope, content, transposed: true, into: sample.scoreSlope, on: path)
            Softmax.backward(sample.scoreSlope, attention: sample.weights)
            scoreBackward(sample, folded, parameters, gradients, on: path)
            if attends { attentionBackward(sample, folded, on: path) }
        }
        unfold(folded, parameters, gradients, on: path)
    }

    /// R' into `other`, and the score's gradients; those of its first layer stay folded.
    @specialized(where S == Float)
    private func scoreBackward<S: Scalar>(
        _ sample: Sample<S>, _ folded: Folded<S>, _ parameters: TensorBlock<S>, _ gradients: TensorBlock<S>,
        on path: KernelPath
    ) {
        var slope = MatrixView(pointer: sample.scoreSlope.pointer, rows: sample.tokens.rows, columns: 1)
        for layer in (0..<hiddenLayers).reversed() {
            let (next, values) = (layer + 1, sample.hidden[layer])
            multiply(
                slope, transposed: true, values, into: gradients.matrix(weight(next)), accumulate: true, on: path)
            if next < hiddenLayers { addRows(of: slope, to: gradients[bias(next)]) }
            // Slopes of even and odd layers alternate between two buffers.
            let target = layer % 2 == 0 ? sample.room : sample.other
            multiply(slope, parameters.matrix(weight(next)), into: target, on: path)
            activateBackward(target, at: values)
            slope = target
        }
        multiply(slope, transposed: true, sample.mixed, into: folded.firstSlope, accumulate: true, on: path)
        if hiddenLayers > 0 { addRows(of: slope, to: folded.constantSlope.row(0)) }
        guard attends else { return }
        multiply(slope, folded.first, into: sample.other, on: path)
        if selfAttention == .both {
            multiply(
                sample.weights, transposed: true, sample.pooledSlope, into: sample.other, accumulate: true, on: path)
        }
    }

    /// ∂G from R'.
    @specialized(where S == Float)
    private func attentionBackward<S: Scalar>(_ sample: Sample<S>, _ folded: Folded<S>, on path: KernelPath) {
        multiply(sample.other, sample.tokens, transposed: true, into: sample.attentionSlope, on: path)
        Softmax.backward(sample.attentionSlope, attention: sample.attention)
        multiply(sample.attentionSlope, sample.tokens, into: sample.room, on: path)
        multiply(
            sample.tokens, transposed: true, sample.room, into: folded.scoresSlope, accumulate: true, on: path)
    }

    @specialized(where S == Float)
    private func unfold<S: Scalar>(
        _ folded: Folded<S>, _ parameters: TensorBlock<S>, _ gradients: TensorBlock<S>, on path: KernelPath
    ) {
        let (first, slope) = (gradients.matrix(weight(0)), folded.firstSlope)
        if hiddenLayers > 0 { _ = gradients[bias(0)].update(fromContentsOf: folded.constantSlope.row(0)) }
        guard attends else { return Probes.scale(slope, by: 1, into: first) }
        let shift = MatrixView(pointer: parameters.matrix(Self.outputBias).pointer, rows: 1, columns: width)
        let shiftSlope = MatrixView(pointer: gradients.matrix(Self.outputBias).pointer, rows: 1, columns: width)
        multiply(slope, folded.values, transposed: true, into: first, on: path)
        multiply(folded.constantSlope, transposed: true, shift, into: first, accumulate: true, on: path)
        multiply(
            parameters.matrix(weight(0)), transposed: true, slope, into: folded.valuesSlope, accumulate: true, on: path)
        multiply(folded.constantSlope, parameters.matrix(weight(0)), into: shiftSlope, accumulate: true, on: path)
        multiply(
            folded.valuesSlope, rows(2).matrix(parameters), transposed: true, into: gradients.matrix(Self.output),
            on: path)
        multiply(
            parameters.matrix(Self.output), transposed: true, folded.valuesSlope, into: rows(2).matrix(gradients),
            on: path)
        multiply(
            rows(1).matrix(parameters), folded.scoresSlope, transposed: true, into: rows(0).matrix(gradients),
            alpha: scale(), on: path)
        multiply(
            rows(0).matrix(parameters), folded.scoresSlope, into: rows(1).matrix(gradients), alpha: scale(), on: path)
    }
}
