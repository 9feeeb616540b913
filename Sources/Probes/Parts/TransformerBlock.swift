internal import Numerics

/// A pre-norm transformer block over the tokens of a group of samples:
///
/// n = LN1(x); [q, k, v] = W_qkv n + b_qkv; A_h = softmax(d_h^{-1/2} q_h k_hᵀ); x_1 = x + λ_1 ⊙ (W_o [A_h v_h] + b_o);
/// h = W_1 LN2(x_1) + b_1; g = GELU(h); x_2 = x_1 + λ_2 ⊙ (W_2 g + b_2); the layer scales λ where the block has them.
///
/// Its intermediate values are too large to keep for a batch: the backward pass recomputes them group by group, and
/// adds to the gradients. Where x is frozen, LN1's γ and β get their gradients from ∂W' = Σ qkv' x̂ᵀ, once a batch, by
/// ∂W = ∂W' diag(γ) + (Σ qkv') βᵀ, ∂γ_j = Σ_i W_ij ∂W'_ij, ∂β = Wᵀ Σ qkv', instead of token by token. A layer scale
/// over a layer with W and b gets its gradient likewise: with ∂W' and ∂b' those of W and b without it, ∂λ_i = Σ_j W_ij
/// ∂W'_ij + b_i ∂b'_i, ∂W = diag(λ) ∂W', ∂b = λ ⊙ ∂b'.
struct TransformerBlock {
    /// D.
    let width: Int
    let heads: Int
    let epsilon: Double
    /// The most tokens of a sample.
    let longest: Int
    /// The tensor of LN1's γ; β, W_qkv, b_qkv where there is one, W_o, b_o, LN2's γ and β, W_1, b_1, W_2 and b_2
    /// follow, and λ_1 and λ_2 where there are any.
    let first: Int
    let hasProjectionBias: Bool
    var hasLayerScale = false

    private var afterProjection: Int { first + (hasProjectionBias ? 4 : 3) }
    var gamma1: Int { first }
    var beta1: Int { first + 1 }
    var projection: Int { first + 2 }
    var projectionBias: Int? { hasProjectionBias ? first + 3 : nil }
    var output: Int { afterProjection }
    var outputBias: Int { afterProjection + 1 }
    private var gamma2: Int { afterProjection + 2 }
    private var beta2: Int { afterProjection + 3 }
    private var hidden: Int { afterProjection + 4 }
    private var hiddenBias: Int { afterProjection + 5 }
    var second: Int { afterProjection + 6 }
    var secondBias: Int { afterProjection + 7 }
    private var scale1: Int? { hasLayerScale ? afterProjection + 8 : nil }
    private var scale2: Int? { hasLayerScale ? afterProjection + 9 : nil }

    var attention: SelfAttention { SelfAttention(width: width, heads: heads) }

    // MARK: Forward

    /// x_1 ← x in `rows`.
    @specialized(where S == Float)
    func attend<S: Scalar>(
        _ values: TransformerValues<S>, _ group: TokenGroup, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        LayerNorm.normalize(
            values.rows, epsilon: epsilon, into: values.normalized1, scale: values.scale1.pointer)
        LayerNorm.affine(values.normalized1, parameters[gamma1], parameters[beta1], into: values.input1)
        Projection.apply(
            values.input1, parameters.matrix(projection), projectionBias.map { parameters[$0] },
            into: values.projected, on: path)
        attention.mix(values, group, on: path)
        addMixed(values, parameters, on: path)
    }

    /// x_1 ← x in `rows` and [A_h v_h] in `mixed`.
    @specialized(where S == Float)
    func addMixed<S: Scalar>(_ values: TransformerValues<S>, _ parameters: TensorBlock<S>, on path: KernelPath) {
        addBranch(values.mixed, output, outputBias, scaledBy: scale1, values, parameters, on: path)
    }

    /// g ← x_1.
    @specialized(where S == Float)
    func activate<S: Scalar>(_ values: TransformerValues<S>, _ parameters: TensorBlock<S>, on path: KernelPath) {
        LayerNorm.normalize(
            values.rows, epsilon: epsilon, into: values.normalized2, scale: values.scale2.pointer)
        LayerNorm.affine(values.normalized2, parameters[gamma2], parameters[beta2], into: values.input2)
        Projection.apply(
            values.input2, parameters.matrix(hidden), parameters[hiddenBias], into: values.hidden, on: path)
        gelu(values.hidden, into: values.active)
    }

    /// x_2 ← g and x_1, which is in `rows`.
    @specialized(where S == Float)
    func complete<S: Scalar>(_ values: TransformerValues<S>, _ parameters: TensorBlock<S>, on path: KernelPath) {
        addBranch(values.active, second, secondBias, scaledBy: scale2, values, parameters, on: path)
    }

    /// rows ← rows + λ ⊙ (W input + b).
    @specialized(where S == Float)
    private func addBranch<S: Scalar>(
        _ input: MatrixView<S>, _ weight: Int, _ bias: Int, scaledBy scale: Int?, _ values: TransformerValues<S>,
        _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        guard let scale else {
            multiply(
                input, parameters.matrix(weight), transposed: true, into: values.rows, accumulate: true, on: path)
            addToRows(of: values.rows, parameters[bias])
            return
        }
        Projection.apply(input, parameters.matrix(weight), parameters[bias], into: values.branch, on: path)
        LayerNorm.affine(values.branch, parameters[scale], nil, into: values.branch)
        add(values.branch, to: values.rows)
    }

    // MARK: Backward

    /// Sets all gradients to zero, to which the backward passes of groups add.
    func clear<S: Scalar>(_ gradients: TensorBlock<S>) {
        for tensor in first...secondBias { gradients[tensor].update(repeating: 0) }
    }

    /// g' in place of g, from x_2' in `slope`. Under a layer scale, the gradients of W_2 and b_2 are those without it
    /// until `finishScales`.
    @specialized(where S == Float)
    func completeBackward<S: Scalar>(
        _ values: TransformerValues<S>, _ parameters: TensorBlock<S>, gradients: TensorBlock<S>, on path: KernelPath
    ) {
        multiply(
            values.slope, transposed: true, values.active, into: gradients.matrix(second), accumulate: true, on: path)
        addRows(of: values.slope, to: gradients[secondBias])
        multiply(
            branchSlope(values, scale2, parameters), parameters.matrix(second), into: values.active, on: path)
    }

    /// λ ⊙ x', from x' in `slope`.
    @specialized(where S == Float)
    private func branchSlope<S: Scalar>(
        _ values: TransformerValues<S>, _ scale: Int?, _ parameters: TensorBlock<S>
    ) -> MatrixView<S> {
        guard let scale else { return values.slope }
        LayerNorm.affine(values.slope, parameters[scale], nil, into: values.branch)
        return values.branch
    }

    /// For frozen x: adds to all gradients but those of W_2 and b_2; that of W_qkv stays ∂W' until `finish`.
    ///
    /// - Parameters:
    ///   - values: With g' in place of g and, in `slope`, the part of x_1' that comes by the residual.
    ///   - projectedSum: `[3·D]`, gets this group's part of Σ qkv'.
    @specialized(where S == Float)
    func backward<S: Scalar>(
        frozen values: TransformerValues<S>, _ group: TokenGroup, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, projectedSum: UnsafeMutableBufferPointer<S>, on path: KernelPath
    ) {
        middleBackward(values, parameters, gradients: gradients, on: path)
        attentionBackward(values, group, parameters, on: path)
        multiply(
            values.projectedSlope, transposed: true, values.normalized1, into: gradients.matrix(projection),
            accumulate: true, on: path)
        addRows(of: values.projectedSlope, to: projectedSum)
    }

    /// The same with x' in `slope` as its result, for an x that was trained; needs no `finish`.
    @specialized(where S == Float)
    func backward<S: Scalar>(
        trained values: TransformerValues<S>, _ group: TokenGroup, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        middleBackward(values, parameters, gradients: gradients, on: path)
        attentionBackward(values, group, parameters, on: path)
        multiply(
            values.projectedSlope, transposed: true, values.input1, into: gradients.matrix(projection),
            accumulate: true, on: path)
        if let projectionBias { addRows(of: values.projectedSlope, to: gradients[projectionBias]) }
        multiply(values.projectedSlope, parameters.matrix(projection), into: values.input1, on: path)
        LayerNorm.affineBackward(
            values.input1, normalized: values.normalized1, parameters[gamma1], gammaGradient: gradients[gamma1],
            betaGradient: gradients[beta1], accumulate: true)
        LayerNorm.backward(values.input1, normalized: values.normalized1, scale: values.scale1.pointer)
        add(values.input1, to: values.slope)
    }

    /// x_1' in `slope`, from g' in `active` and what is in `slope` already.
    @specialized(where S == Float)
    private func middleBackward<S: Scalar>(
        _ values: TransformerValues<S>, _ parameters: TensorBlock<S>, gradients: TensorBlock<S>, on path: KernelPath
    ) {
        multiplyByGELUDerivative(values.active, at: values.hidden)
        multiply(
            values.active, transposed: true, values.input2, into: gradients.matrix(hidden), accumulate: true, on: path)
        addRows(of: values.active, to: gradients[hiddenBias])
        let slope2 = values.input2
        multiply(values.active, parameters.matrix(hidden), into: slope2, on: path)
        LayerNorm.affineBackward(
            slope2, normalized: values.normalized2, parameters[gamma2], gammaGradient: gradients[gamma2],
            betaGradient: gradients[beta2], accumulate: true)
        LayerNorm.backward(slope2, normalized: values.normalized2, scale: values.scale2.pointer)
        add(slope2, to: values.slope)
        multiply(
            values.slope, transposed: true, values.mixed, into: gradients.matrix(output), accumulate: true, on: path)
        addRows(of: values.slope, to: gradients[outputBias])
    }

    /// qkv' from x_1'.
    @specialized(where S == Float)
    private func attentionBackward<S: Scalar>(
        _ values: TransformerValues<S>, _ group: TokenGroup, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        // [A_h v_h] is no longer needed, so its gradient reuses its memory.
        multiply(branchSlope(values, scale1, parameters), parameters.matrix(output), into: values.mixed, on: path)
        attention.backward(values, group, on: path)
    }

    /// For frozen x, after the last group: turns ∂W' into ∂W, and gives LN1 its gradients.
    @specialized(where S == Float)
    func finish<S: Scalar>(
        _ parameters: TensorBlock<S>, gradients: TensorBlock<S>, projectedSum: UnsafeMutableBufferPointer<S>
    ) {
        let (weight, slope) = (parameters.matrix(projection), gradients.matrix(projection))
        let (gain, shift) = (parameters[gamma1], parameters[beta1])
        let (gainSlope, shiftSlope) = (gradients[gamma1], gradients[beta1])
        for row in 0..<weight.rows {
            let (sum, weights, slopes) = (projectedSum[row], weight.row(row), slope.row(row))
            for column in 0..<width {
                gainSlope[column] += weights[column] * slopes[column]
                shiftSlope[column] += weights[column] * sum
                slopes[column] = slopes[column] * gain[column] + sum * shift[column]
            }
        }
    }

    /// After the last group: gives the layer scales their gradients, and turns those of the layers under them into
    /// theirs.
    @specialized(where S == Float)
    func finishScales<S: Scalar>(_ parameters: TensorBlock<S>, gradients: TensorBlock<S>) {
        for (scale, weight, bias) in [(scale1, output, outputBias), (scale2, second, secondBias)] {
            guard let scale else { continue }
            let (factors, weights, slopes) = (parameters[scale], parameters.matrix(weight), gradients.matrix(weight))
            let (biases, biasSlopes) = (parameters[bias], gradients[bias])
            for row in 0..<weights.rows {
                let (values, slope) = (weights.row(row), slopes.row(row))
                var sum = biases[row] * biasSlopes[row]
                for column in 0..<weights.columns {
                    sum += values[column] * slope[column]
                    slope[column] *= factors[row]
                }
                gradients[scale][row] = sum
                biasSlopes[row] *= factors[row]
            }
        }
    }
}

extension TransformerBlock: StackedBlock {
    @specialized(where S == Float)
    func forward<S: Scalar>(
        _ values: TransformerValues<S>, _ group: TokenGroup, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        attend(values, group, parameters, on: path)
        activate(values, parameters, on: path)
        complete(values, parameters, on: path)
    }

    @specialized(where S == Float)
    func backward<S: Scalar>(
        _ values: TransformerValues<S>, _ group: TokenGroup, _ parameters: TensorBlock<S>, gradients: TensorBlock<S>,
        isFirst: Bool, on path: KernelPath
    ) {
        completeBackward(values, parameters, gradients: gradients, on: path)
        if isFirst, let projectionBias {
            // Σ qkv' is the gradient of b_qkv.
            backward(
                frozen: values, group, parameters, gradients: gradients, projectedSum: gradients[projectionBias],
                on: path)
        } else {
            backward(trained: values, group, parameters, gradients: gradients, on: path)
        }
    }

    @specialized(where S == Float)
    func finish<S: Scalar>(_ parameters: TensorBlock<S>, gradients: TensorBlock<S>, isFirst: Bool) {
        if isFirst, let projectionBias {
            finish(parameters, gradients: gradients, projectedSum: gradients[projectionBias])
        }
        finishScales(parameters, gradients: gradients)
    }
}
