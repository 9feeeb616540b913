internal import Numerics

/// The second half of a transformer block on one vector a sample: y = x + λ ⊙ (W_2 GELU(W_1 LN(x) + b_1) + b_2), with
/// hidden width 4·D; the layer norm and the layer scale λ are there where the probe has them.
struct ResidualPerceptron {
    /// γ, β and ε of the norm in front.
    struct Norm {
        let gamma: Int
        let beta: Int
        let epsilon: Double
    }

    /// D.
    let width: Int
    /// The tensor of W_1; b_1, W_2 and b_2 follow.
    let first: Int
    var norm: Norm?
    /// The tensor of λ.
    var layerScale: Int?

    /// W_1, b_1, W_2, b_2 with PyTorch's default initialisation, or from N(0, σ²) with no bias, W_2's σ divided by
    /// √(2·depth).
    static func tensors(width: Int, deviation: Double? = nil, depth: Int = 1) -> [TensorSpecification] {
        let half = Double(2 * depth).squareRoot()
        return [
            TensorSpecification(
                "mlp.fc1.weight", shape: [4 * width, width],
                deviation.map { .normal(deviation: $0) } ?? .defaultLinear(inputs: width)),
            TensorSpecification(
                "mlp.fc1.bias", shape: [4 * width], deviation == nil ? .defaultLinear(inputs: width) : .constant(0)),
            TensorSpecification(
                "mlp.fc2.weight", shape: [width, 4 * width],
                deviation.map { .normal(deviation: $0 / half) } ?? .defaultLinear(inputs: 4 * width)),
            TensorSpecification(
                "mlp.fc2.bias", shape: [width], deviation == nil ? .defaultLinear(inputs: 4 * width) : .constant(0)),
        ]
    }

    /// MACs of both layers.
    static func forward(width: Int) -> Int { 8 * width * width }

    /// x̂ and the norm's output, W_2's output, and hidden values before and after GELU, and 1/√(v + ε).
    private var savedWidths: [Int] { [width, width, width, 4 * width, 4 * width, 1] }
    var savedWidth: Int { savedWidths.reduce(0, +) }

    private struct Saved<S: Scalar> {
        let normalized, input, result, hidden, active, scale: MatrixView<S>

        init(_ parts: [MatrixView<S>]) {
            (normalized, input, result) = (parts[0], parts[1], parts[2])
            (hidden, active, scale) = (parts[3], parts[4], parts[5])
        }
    }

    /// - Parameters:
    ///   - rows: x `[n, D]`.
    ///   - output: y `[n, D]`.
    @specialized(where S == Float)
    func forward<S: Scalar>(
        _ rows: MatrixView<S>, _ parameters: TensorBlock<S>, saved: MatrixView<S>, into output: MatrixView<S>,
        on path: KernelPath
    ) {
        let saved = Saved(saved.split(savedWidths))
        var input = rows
        if let norm {
            LayerNorm.normalize(
                rows, epsilon: norm.epsilon, into: saved.normalized, scale: saved.scale.pointer,
                scaleStride: saved.scale.stride)
            LayerNorm.affine(saved.normalized, parameters[norm.gamma], parameters[norm.beta], into: saved.input)
            input = saved.input
        }
        Projection.apply(input, parameters.matrix(first), parameters[first + 1], into: saved.hidden, on: path)
        gelu(saved.hidden, into: saved.active)
        Projection.apply(
            saved.active, parameters.matrix(first + 2), parameters[first + 3], into: saved.result, on: path)
        if let layerScale {
            LayerNorm.affine(saved.result, parameters[layerScale], nil, into: output)
            add(rows, to: output)
        } else {
            Probes.scale(rows, by: 1, into: output)
            add(saved.result, to: output)
        }
    }

    /// Turns y' into x', in place, and writes the gradients.
    ///
    /// - Parameter rows: x `[n, D]`.
    @specialized(where S == Float)
    func backward<S: Scalar>(
        _ gradient: MatrixView<S>, _ rows: MatrixView<S>, _ parameters: TensorBlock<S>, saved: MatrixView<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        let saved = Saved(saved.split(savedWidths))
        var slope = gradient
        if let layerScale {
            LayerScale.backward(
                gradient, saved.result, parameters[layerScale], gradient: gradients[layerScale], into: saved.result)
            slope = saved.result
        }
        Projection.backward(
            slope, saved.active, parameters.matrix(first + 2), weightGradient: gradients.matrix(first + 2),
            biasGradient: gradients[first + 3], inputGradient: saved.active, on: path)
        multiplyByGELUDerivative(saved.active, at: saved.hidden)
        guard let norm else {
            Projection.backward(
                saved.active, rows, parameters.matrix(first), weightGradient: gradients.matrix(first),
                biasGradient: gradients[first + 1], inputGradient: gradient, accumulateInput: true, on: path)
            return
        }
        Projection.backward(
            saved.active, saved.input, parameters.matrix(first), weightGradient: gradients.matrix(first),
            biasGradient: gradients[first + 1], inputGradient: saved.input, on: path)
        LayerNorm.affineBackward(
            saved.input, normalized: saved.normalized, parameters[norm.gamma], gammaGradient: gradients[norm.gamma],
            betaGradient: gradients[norm.beta])
        LayerNorm.backward(
            saved.input, normalized: saved.normalized, scale: saved.scale.pointer, scaleStride: saved.scale.stride)
        add(saved.input, to: gradient)
    }
}

/// y = λ ⊙ x.
enum LayerScale {
    /// ∂λ = Σ y' ⊙ x and x' = λ ⊙ y'. x' may take the place of x.
    @specialized(where S == Float)
    static func backward<S: Scalar>(
        _ gradient: MatrixView<S>, _ rows: MatrixView<S>, _ scale: UnsafeMutableBufferPointer<S>,
        gradient scaleGradient: UnsafeMutableBufferPointer<S>, into target: MatrixView<S>
    ) {
        guard let factor = scale.baseAddress, let factorSlope = scaleGradient.baseAddress else { return }
        factorSlope.update(repeating: 0, count: scale.count)
        for row in 0..<gradient.rows {
            let (slope, value) = (gradient.pointer + row * gradient.stride, rows.pointer + row * rows.stride)
            let result = target.pointer + row * target.stride
            for column in 0..<scale.count {
                factorSlope[column] += slope[column] * value[column]
                result[column] = factor[column] * slope[column]
            }
        }
    }
}
