internal import Numerics

/// A post-norm transformer block over the tokens of a group of samples:
///
/// [q, k, v] = W_qkv x + b_qkv; A_h = softmax(d_h^{-1/2} q_h k_hᵀ); x_1 = LN1(x + W_o [A_h v_h] + b_o);
/// h = W_1 x_1 + b_1; g = GELU(h); x_2 = LN2(x_1 + W_2 g + b_2).
///
/// Its values are recomputed group by group in the backward pass, as those of `TransformerBlock` are.
///
/// Source: Vaswani et al., "Attention is all you need" (NeurIPS 2017); with GELU by erf, Devlin et al., "BERT" (NAACL
/// 2019).
struct PostNormBlock: StackedBlock {
    let width: Int
    let heads: Int
    let epsilon: Double
    let longest: Int
    /// The tensor of LN1's γ; β, W_qkv, b_qkv, W_o, b_o, LN2's γ and β, W_1, b_1, W_2 and b_2 follow.
    let first: Int

    private var gamma1: Int { first }
    private var beta1: Int { first + 1 }
    private var projection: Int { first + 2 }
    private var projectionBias: Int { first + 3 }
    private var output: Int { first + 4 }
    private var outputBias: Int { first + 5 }
    private var gamma2: Int { first + 6 }
    private var beta2: Int { first + 7 }
    private var hidden: Int { first + 8 }
    private var hiddenBias: Int { first + 9 }
    private var second: Int { first + 10 }
    private var secondBias: Int { first + 11 }

    private var attention: SelfAttention { SelfAttention(width: width, heads: heads) }

    // MARK: Forward

    /// Keeps x in `input1` and x_1 in `input2`.
    @specialized(where S == Float)
    func forward<S: Scalar>(
        _ values: TransformerValues<S>, _ group: TokenGroup, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        scale(values.rows, by: 1, into: values.input1)
        Projection.apply(
            values.input1, parameters.matrix(projection), parameters[projectionBias], into: values.projected, on: path)
        attention.mix(values, group, on: path)
        addLayer(values.mixed, output, outputBias, to: values.rows, parameters, on: path)
        LayerNorm.normalize(
            values.rows, epsilon: epsilon, into: values.normalized1, scale: values.scale1.pointer)
        LayerNorm.affine(values.normalized1, parameters[gamma1], parameters[beta1], into: values.input2)
        Projection.apply(
            values.input2, parameters.matrix(hidden), parameters[hiddenBias], into: values.hidden, on: path)
        gelu(values.hidden, into: values.active)
        scale(values.input2, by: 1, into: values.rows)
        addLayer(values.active, second, secondBias, to: values.rows, parameters, on: path)
        LayerNorm.normalize(
            values.rows, epsilon: epsilon, into: values.normalized2, scale: values.scale2.pointer)
        LayerNorm.affine(values.normalized2, parameters[gamma2], parameters[beta2], into: values.rows)
    }

    /// rows ← rows + W input + b.
    @specialized(where S == Float)
    private func addLayer<S: Scalar>(
        _ input: MatrixView<S>, _ weight: Int, _ bias: Int, to rows: MatrixView<S>, _ parameters: TensorBlock<S>,
        on path: KernelPath
    ) {
        multiply(input, parameters.matrix(weight), transposed: true, into: rows, accumulate: true, on: path)
        addToRows(of: rows, parameters[bias])
    }

    // MARK: Backward

    func clear<S: Scalar>(_ gradients: TensorBlock<S>) {
        for tensor in first...secondBias { gradients[tensor].update(repeating: 0) }
    }

    @specialized(where S == Float)
    func backward<S: Scalar>(
        _ values: TransformerValues<S>, _ group: TokenGroup, _ parameters: TensorBlock<S>, gradients: TensorBlock<S>,
        isFirst: Bool, on path: KernelPath
    ) {
        perceptronBackward(values, parameters, gradients: gradients, on: path)
        normBackward(values.slope, values.normalized1, values.scale1, gamma1, beta1, parameters, gradients)
        addGradients(of: output, outputBias, values.slope, values.mixed, gradients, on: path)
        // [A_h v_h] is no longer needed, so its gradient reuses its memory.
        multiply(values.slope, parameters.matrix(output), into: values.mixed, on: path)
        attention.backward(values, group, on: path)
        addGradients(of: projection, projectionBias, values.projectedSlope, values.input1, gradients, on: path)
        if !isFirst {
            multiply(
                values.projectedSlope, parameters.matrix(projection), into: values.slope, accumulate: true, on: path)
        }
    }

    /// x_1' from x_2', both in `slope`.
    @specialized(where S == Float)
    private func perceptronBackward<S: Scalar>(
        _ values: TransformerValues<S>, _ parameters: TensorBlock<S>, gradients: TensorBlock<S>, on path: KernelPath
    ) {
        normBackward(values.slope, values.normalized2, values.scale2, gamma2, beta2, parameters, gradients)
        addGradients(of: second, secondBias, values.slope, values.active, gradients, on: path)
        // g is no longer needed, so its gradient reuses its memory.
        multiply(values.slope, parameters.matrix(second), into: values.active, on: path)
        multiplyByGELUDerivative(values.active, at: values.hidden)
        addGradients(of: hidden, hiddenBias, values.active, values.input2, gradients, on: path)
        multiply(values.active, parameters.matrix(hidden), into: values.slope, accumulate: true, on: path)
    }

    /// The gradient of a norm's input in place of that of its output.
    @specialized(where S == Float)
    private func normBackward<S: Scalar>(
        _ slope: MatrixView<S>, _ normalized: MatrixView<S>, _ scale: MatrixView<S>, _ gamma: Int, _ beta: Int,
        _ parameters: TensorBlock<S>, _ gradients: TensorBlock<S>
    ) {
        LayerNorm.affineBackward(
            slope, normalized: normalized, parameters[gamma], gammaGradient: gradients[gamma],
            betaGradient: gradients[beta], accumulate: true)
        LayerNorm.backward(slope, normalized: normalized, scale: scale.pointer)
    }

    /// ∂W += Σ y' xᵀ and ∂b += Σ y'.
    @specialized(where S == Float)
    private func addGradients<S: Scalar>(
        of weight: Int, _ bias: Int, _ slope: MatrixView<S>, _ rows: MatrixView<S>, _ gradients: TensorBlock<S>,
        on path: KernelPath
    ) {
        multiply(slope, transposed: true, rows, into: gradients.matrix(weight), accumulate: true, on: path)
        addRows(of: slope, to: gradients[bias])
    }

    func finish<S: Scalar>(_ parameters: TensorBlock<S>, gradients: TensorBlock<S>, isFirst: Bool) {}
}
