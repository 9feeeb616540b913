package import Numerics

/// Linear probing: only the head is trained, on a fixed vector.
///
/// y = x_cls, or y = (1/T) Σ_t x_t, or both, one after the other; or another vector of the patch tokens.
///
/// Parameters: none before the head; D·C + C with it. MACs: D·C forward and backward, alike in both accountings, since
/// the mean is computed once per layer. A preparation of the vector is counted in front of the head, in the reference
/// alone, since it is computed once as well.
///
/// Source: probing with frozen features as in He et al., "Masked autoencoders are scalable vision learners" (CVPR
/// 2022), section A.2.
package struct LinearProbe: GradientProbe {
    package static let name = "linear"
    package static let summary = "batch norm and a linear layer on the class token, the mean token or both"
    package static let options = PooledInput.options + LevelMix.options

    package let shape: ProbeShape
    package let reading: ProbeReading
    package let outputWidth: Int

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        let input = PooledInput(options)
        try Self.check(.pooled(input), fits: shape)
        self.shape = shape
        reading = .pooled(input)
        outputWidth = input.width(of: shape.width)
    }

    package let tensors: [TensorSpecification] = []
    package var referencePooling: MultiplyAccumulates {
        if case .pooled(let input) = reading { return input.preparationCost(width: shape.width) }
        return MultiplyAccumulates(forward: 0, backward: 0)
    }
    package let executedPooling = MultiplyAccumulates(forward: 0, backward: 0)

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        for row in 0..<activations.output.rows {
            _ = activations.output.row(row).update(fromContentsOf: activations.reading.row(row))
        }
    }

    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        readingGradient?.copy(from: outputGradient)
    }
}

extension PooledInput {
    /// The option by which specs choose the input.
    static let option = ProbeOption(
        name: "input", kind: .pooling, defaultValue: .text("mean"),
        summary: "the vector that is read: class, mean, class+mean, last, first, max or position K of the patch tokens")

    /// The options of every probe that reads a vector and learns of it.
    static let options = [option, Preparation.option]

    /// The input that a text names; nil for one that names none.
    init?(_ text: String, preparation: Preparation? = nil) {
        switch text {
        case "class": self.init(classTokens: 1, patch: nil, preparation: preparation)
        case "class+mean": self.init(classTokens: 1, patch: .mean, preparation: preparation)
        default:
            guard let patch = PatchSummary(text) else { return nil }
            self.init(classTokens: 0, patch: patch, preparation: preparation)
        }
    }

    /// The input that the options chose.
    init(_ options: ProbeOptions) {
        self = PooledInput(options.text("input") ?? "", preparation: Preparation(options)) ?? .mean
    }
}

extension Preparation {
    /// The one that the options chose; nil for none, and for a type of probe without the option.
    init?(_ options: ProbeOptions) { self.init(options.text(Self.option.name) ?? Self.none) }
}
