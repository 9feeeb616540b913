internal import Numerics

/// A pre-norm transformer block over the tokens of one sample, up to the second layer of its perceptron:
///
/// n = LN1(x); [q, k, v] = W_qkv n; A_h = softmax(d_h^{-1/2} q_h k_hᵀ); x_1 = x + W_o [A_h v_h] + b_o;
/// h = W_1 LN2(x_1) + b_1; g = GELU(h).
///
/// Its intermediate values are too many to keep for a batch: the backward pass makes them again, sample by sample, and
/// adds to the gradients. x itself is frozen: LN1's γ and β get their gradients from ∂W' = Σ qkv' x̂ᵀ, once a batch, by
/// ∂W = ∂W' diag(γ) + (Σ qkv') βᵀ, ∂γ_j = Σ_i W_ij ∂W'_ij, ∂β = Wᵀ Σ qkv', instead of token by token.
struct TransformerBlock {
    /// D.
    let width: Int
    let heads: Int
    let epsilon: Double
    /// The most tokens of a sample.
    let longest: Int
    /// The tensor of LN1's γ; β, W_qkv, W_o, b_o, LN2's γ and β, W_1 and b_1 follow.
    let first: Int

    private var gamma1: Int { first }
    private var beta1: Int { first + 1 }
    private var projection: Int { first + 2 }
    private var output: Int { first + 3 }
    private var outputBias: Int { first + 4 }
    private var gamma2: Int { first + 5 }
    private var beta2: Int { first + 6 }
    private var hidden: Int { first + 7 }
    private var hiddenBias: Int { first + 8 }

    /// The values of one sample.
    struct Values<S: Scalar> {
        /// x̂ of LN1, LN1's output, [A_h v_h], x_1, x̂ of LN2, LN2's output, and x_1': `[T, D]`.
        let normalized1, input1, mixed, middle, normalized2, input2, slope: MatrixView<S>
        /// `[T, 3·D]`.
        let projected, projectedSlope: MatrixView<S>
        /// `[T, 4·D]`.
        let hidden, active: MatrixView<S>
        /// 1/√(v + ε) of LN2, `[T, 1]`.
        let scale2: MatrixView<S>
        /// `[H · T, T]`, and one head's `[T, T]`.
        let attention, attentionSlope: MatrixView<S>
    }

    private static let unitColumns = 7
    private var widths: [Int] {
        let D = width
        return Array(repeating: longest * D, count: Self.unitColumns)
            + [longest * 3 * D, longest * 3 * D, longest * 4 * D, longest * 4 * D, longest, heads * longest * longest,
                longest * longest]
    }

    /// Elements of `values`.
    var scratchWidth: Int { widths.reduce(0, +) }

    func values<S>(_ scratch: MatrixView<S>, tokens T: Int) -> Values<S> {
        let (parts, D) = (scratch.split(widths), width)
        let unit = parts.prefix(Self.unitColumns).map { $0.reshaped(T, D) }
        return Values(
            normalized1: unit[0], input1: unit[1], mixed: unit[2], middle: unit[3], normalized2: unit[4],
            input2: unit[5], slope: unit[6], projected: parts[7].reshaped(T, 3 * D),
            projectedSlope: parts[8].reshaped(T, 3 * D), hidden: parts[9].reshaped(T, 4 * D),
            active: parts[10].reshaped(T, 4 * D), scale2: parts[11].reshaped(T, 1),
            attention: parts[12].reshaped(heads * T, T), attentionSlope: parts[13].reshaped(T, T))
    }

    /// MACs of T tokens up to g.
    func forwardMACs(_ T: Int) -> Int {
        8 * T * width * width + 2 * T * T * width
    }

    private func columns(_ head: Int, part: Int) -> Range<Int> {
        let chunk = width / heads
        return part * width + head * chunk..<part * width + (head + 1) * chunk
    }

    private func scale<S: Scalar>() -> S {
        1 / S(width / heads).squareRoot()
    }

    /// Fills the values for one sample's tokens.
    @specialized(where S == Float)
    func forward<S: Scalar>(
        _ view: TokenView, _ parameters: TensorBlock<S>, _ values: Values<S>, on path: KernelPath
    ) {
        let T = view.tokens
        unpack(view, into: values.middle)
        LayerNorm.normalize(values.middle, epsilon: epsilon, into: values.normalized1)
        LayerNorm.affine(values.normalized1, parameters[gamma1], parameters[beta1], into: values.input1)
        Projection.apply(values.input1, parameters.matrix(projection), into: values.projected, on: path)
        for head in 0..<heads {
            let attention = values.attention.rows(head * T..<(head + 1) * T)
            multiply(
                values.projected.columns(columns(head, part: 0)), values.projected.columns(columns(head, part: 1)),
                transposed: true, into: attention, alpha: scale(), on: path)
            Softmax.apply(attention)
            multiply(
                attention, values.projected.columns(columns(head, part: 2)),
                into: values.mixed.columns(columns(head, part: 0)), on: path)
        }
        multiply(
            values.mixed, parameters.matrix(output), transposed: true, into: values.middle, accumulate: true, on: path)
        addToRows(of: values.middle, parameters[outputBias])
        LayerNorm.normalize(
            values.middle, epsilon: epsilon, into: values.normalized2, scale: values.scale2.pointer)
        LayerNorm.affine(values.normalized2, parameters[gamma2], parameters[beta2], into: values.input2)
        Projection.apply(
            values.input2, parameters.matrix(hidden), parameters[hiddenBias], into: values.hidden, on: path)
        gelu(values.hidden, into: values.active)
    }

    /// Sets the gradients to zero, to which `backward` adds.
    func clear<S>(_ gradients: TensorBlock<S>) {
        for tensor in first...hiddenBias { gradients[tensor].update(repeating: 0) }
    }

    /// Adds one sample's part to the gradients; that of W_qkv stays ∂W' until `finish`.
    ///
    /// - Parameters:
    ///   - values: Of `forward`, with g' in place of g and, in `slope`, the part of x_1' that comes by the residual.
    ///   - projectedSum: `[3·D]`, gets this sample's part of Σ qkv'.
    @specialized(where S == Float)
    func backward<S: Scalar>(
        _ values: Values<S>, _ parameters: TensorBlock<S>, gradients: TensorBlock<S>,
        projectedSum: UnsafeMutableBufferPointer<S>, on path: KernelPath
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
        attentionBackward(values, parameters, on: path)
        multiply(
            values.projectedSlope, transposed: true, values.normalized1, into: gradients.matrix(projection),
            accumulate: true, on: path)
        addRows(of: values.projectedSlope, to: projectedSum)
    }

    /// qkv' from x_1'.
    @specialized(where S == Float)
    private func attentionBackward<S: Scalar>(
        _ values: Values<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        let T = values.middle.rows
        // [A_h v_h] has served its last purpose, so its gradient takes its place.
        multiply(values.slope, parameters.matrix(output), into: values.mixed, on: path)
        for head in 0..<heads {
            let attention = values.attention.rows(head * T..<(head + 1) * T)
            let slope = values.mixed.columns(columns(head, part: 0))
            multiply(
                attention, transposed: true, slope, into: values.projectedSlope.columns(columns(head, part: 2)),
                on: path)
            multiply(
                slope, values.projected.columns(columns(head, part: 2)), transposed: true, into: values.attentionSlope,
                on: path)
            Softmax.backward(values.attentionSlope, attention: attention)
            multiply(
                values.attentionSlope, values.projected.columns(columns(head, part: 1)),
                into: values.projectedSlope.columns(columns(head, part: 0)), alpha: scale(), on: path)
            multiply(
                values.attentionSlope, transposed: true, values.projected.columns(columns(head, part: 0)),
                into: values.projectedSlope.columns(columns(head, part: 1)), alpha: scale(), on: path)
        }
    }

    /// Turns ∂W' into ∂W, and gives LN1 its gradients.
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
}
