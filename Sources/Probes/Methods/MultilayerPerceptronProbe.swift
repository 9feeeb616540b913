package import Numerics

/// A multilayer perceptron on a pooled vector: hidden layers with GELU or ReLU, and the shared head on top of the last.
///
/// h_1 = GELU(W_1 x + b_1); h_i = GELU(W_i h_{i−1} + b_i); y = h_L, with GELU(a) = a Φ(a), Φ the normal distribution
/// function (by erf, not by tanh), or with `activation: relu` max(a, 0) in its place. With `head-norm: none` the classifier
/// reads h_L itself, without batch norm.
///
/// Backward, from y': a'_i = h'_i ⊙ (Φ(a_i) + a_i φ(a_i)), of ReLU h'_i where a_i > 0 and 0 elsewhere; ∂W_i = Σ_b a'_i h_{i−1}ᵀ; ∂b_i = Σ_b a'_i; h'_{i−1} = W_iᵀ
/// a'_i.
///
/// Parameters: Σ_i (inputs_i + 1)·width_i, and the head's width_L·C + C. MACs in front of the head, in both
/// accountings: Σ_i inputs_i·width_i forward, twice that backward less the first layer's inputs_1·width_1.
///
/// Tensors: `hidden.i.weight` `[width_i, inputs_i]` and `hidden.i.bias` `[width_i]`, i from 0, PyTorch's default
/// initialisation of linear layers. Source: GELU from Hendrycks and Gimpel, "Gaussian error linear units" (2016).
package struct MultilayerPerceptronProbe: GradientProbe {
    package static let name = "mlp"
    package static let summary = "hidden layers with GELU or ReLU on the class token, the mean token or both"
    package static let options = [
        PooledInput.option,
        ProbeOption(
            name: "hidden", kind: .counts, defaultValue: .list([.integer(512)]),
            summary: "widths of the hidden layers, first to last"),
        ProbeOption(
            name: "activation", kind: .choice(Activation.allCases.map(\.rawValue)),
            defaultValue: .text(Activation.gelu.rawValue), summary: "what follows a hidden layer",
            isLeftOutAtDefault: true),
        ProbeOption(
            name: "head-norm", kind: .choice(HeadNorm.allCases.map(\.rawValue)),
            defaultValue: .text(HeadNorm.batch.rawValue), summary: "the norm in front of the classifier",
            isLeftOutAtDefault: true, labels: [HeadNorm.none.rawValue: "no-norm"]),
        Preparation.option, LevelMix.option, LevelMix.normOption,
    ]

    private enum Activation: String, CaseIterable {
        case gelu, relu
    }

    private enum HeadNorm: String, CaseIterable {
        case batch, none
    }

    package let shape: ProbeShape
    package let reading: ProbeReading
    package let outputWidth: Int
    package let normalizesOutput: Bool
    /// Inputs of the first layer, and then the width of each.
    let widths: [Int]
    private let activation: Activation

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        let input = PooledInput(options)
        try Self.check(.pooled(input), fits: shape)
        let hidden = options.counts("hidden")
        self.shape = shape
        reading = .pooled(input)
        normalizesOutput = options.choice("head-norm") == HeadNorm.batch.rawValue
        activation = Activation(rawValue: options.choice("activation")) ?? .gelu
        widths = [input.width(of: shape.width)] + hidden
        outputWidth = hidden.last ?? input.width(of: shape.width)
    }

    private var layers: Int { widths.count - 1 }

    package var tensors: [TensorSpecification] {
        (0..<layers).flatMap { layer in
            let initializer = TensorInitializer.defaultLinear(inputs: widths[layer])
            return [
                TensorSpecification("hidden.\(layer).weight", shape: [widths[layer + 1], widths[layer]], initializer),
                TensorSpecification("hidden.\(layer).bias", shape: [widths[layer + 1]], initializer),
            ]
        }
    }

    private func weight(_ layer: Int) -> Int { 2 * layer }
    private func bias(_ layer: Int) -> Int { 2 * layer + 1 }

    package var referencePooling: MultiplyAccumulates {
        guard case .pooled(let input) = reading else { return executedPooling }
        return executedPooling + input.preparationCost(width: shape.width)
    }

    package var executedPooling: MultiplyAccumulates {
        let forward = (0..<layers).reduce(0) { $0 + widths[$1] * widths[$1 + 1] }
        return MultiplyAccumulates(forward: forward, backward: 2 * forward - widths[0] * widths[1])
    }

    /// For each layer a_i, and but for the last, whose is the output, h_i.
    package var savedWidth: Int {
        2 * widths.dropFirst().reduce(0, +) - outputWidth
    }

    /// The columns of `saved` that hold a layer's a_i.
    private func preactivation<S>(_ layer: Int, _ saved: MatrixView<S>) -> MatrixView<S> {
        let start = 2 * widths[1..<layer + 1].reduce(0, +)
        return saved.columns(start..<start + widths[layer + 1])
    }

    /// The location of a layer's h_i.
    private func hidden<S>(_ layer: Int, _ activations: ProbeActivations<S>) -> MatrixView<S> {
        guard layer < layers - 1 else { return activations.output }
        let start = 2 * widths[1..<layer + 1].reduce(0, +) + widths[layer + 1]
        return activations.saved.columns(start..<start + widths[layer + 1])
    }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        var input = activations.reading
        for layer in 0..<layers {
            let preactivation = preactivation(layer, activations.saved)
            multiply(
                input, transposed: false, parameters.matrix(weight(layer)), transposed: true, into: preactivation,
                on: path)
            addToRows(of: preactivation, parameters[bias(layer)])
            let output = hidden(layer, activations)
            activate(preactivation, into: output)
            input = output
        }
    }

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        var gradient = outputGradient
        for layer in (0..<layers).reversed() {
            let preactivation = preactivation(layer, activations.saved)
            multiplyByDerivative(gradient, at: preactivation)
            let input = layer == 0 ? activations.reading : hidden(layer - 1, activations)
            multiply(gradient, transposed: true, input, into: gradients.matrix(weight(layer)), on: path)
            sumRows(of: gradient, into: gradients[bias(layer)])
            guard layer > 0 else {
                if let readingGradient {
                    multiply(gradient, parameters.matrix(weight(layer)), into: readingGradient, on: path)
                }
                return
            }
            // h_{i−1} is no longer needed, so its gradient reuses its memory.
            multiply(gradient, parameters.matrix(weight(layer)), into: input, on: path)
            gradient = input
        }
    }

    private func activate<S: Scalar>(_ preactivation: MatrixView<S>, into output: MatrixView<S>) {
        switch activation {
        case .gelu: gelu(preactivation, into: output)
        case .relu: rectify(preactivation, into: output)
        }
    }

    private func multiplyByDerivative<S: Scalar>(_ gradient: MatrixView<S>, at preactivation: MatrixView<S>) {
        switch activation {
        case .gelu: multiplyByGELUDerivative(gradient, at: preactivation)
        case .relu: multiplyByRectifierDerivative(gradient, at: preactivation)
        }
    }
}
