package import Numerics

/// DINOv2's linear probe: the class tokens of the last n layers, with or without the mean of the last one's patch
/// tokens.
///
/// y = [x_cls of layer l − n + 1; …; x_cls of layer l] or [the same; (1/T) Σ_t x_t of layer l], l the layer that the
/// unit names and the others those before it in its feature set. One unit reads n layers, each of them once.
///
/// Parameters: none before the head; W·C + C with it, W = n·D or (n + 1)·D. MACs: W·C forward and backward, alike in
/// both accountings.
///
/// Source: Oquab et al., "DINOv2: learning robust visual features without supervision" (TMLR 2024), its linear
/// evaluation, n = 1 or 4. Its head has no batch norm; here all probes have the same head, with it.
package struct LastLayersProbe: GradientProbe {
    package static let name = "dinov2"
    package static let summary = "batch norm and a linear layer on the class tokens of the last layers"
    package static let options = [
        ProbeOption(
            name: "layers", kind: .count, defaultValue: .integer(4),
            summary: "n; this layer and the n − 1 before it in its feature set"),
        ProbeOption(
            name: "input", kind: .choice(["class", "class+mean"]), defaultValue: .text("class"),
            summary: "the class tokens, or they and the mean of this layer's patch tokens"),
        Preparation.option,
    ]

    package let shape: ProbeShape
    package let reading: ProbeReading
    package let outputWidth: Int

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        let input = PooledInput(
            classTokens: options.count("layers"), patch: options.choice("input") == "class+mean" ? .mean : nil,
            preparation: Preparation(options))
        try Self.check(.pooled(input), fits: shape)
        if let before = shape.surroundings?.earlierLayers, before < input.classTokens - 1 {
            throw ProbeError(
                probe: Self.name, option: "layers",
                problem: "\(before) layers stand before this one, and \(input.classTokens - 1) are needed",
                remedy: "sweep later layers, or give at most \(before + 1)")
        }
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
        scale(activations.reading, by: 1, into: activations.output)
    }

    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {}
}
