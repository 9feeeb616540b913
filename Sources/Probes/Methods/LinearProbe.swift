package import Numerics

/// Linear probing: only the head is trained, on a fixed vector.
///
/// y = x_cls, or y = (1/T) Σ_t x_t, or both, one after the other.
///
/// Parameters: none before the head; D·C + C with it. MACs: D·C forward and backward, alike in both accountings, since
/// the mean is computed once per layer.
///
/// Source: probing with frozen features as in He et al., "Masked autoencoders are scalable vision learners" (CVPR
/// 2022), section A.2.
package struct LinearProbe: GradientProbe {
    package static let name = "linear"
    package static let summary = "batch norm and a linear layer on the class token, the mean token or both"
    package static let options = [PooledInput.option]

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
    package let referencePooling = MultiplyAccumulates(forward: 0, backward: 0)
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
    ) {}
}

extension PooledInput {
    /// The option by which specs choose the input.
    static let option = ProbeOption(
        name: "input", kind: .choice(["class", "mean", "class+mean"]), defaultValue: .text("mean"),
        summary: "the vector that is read: the class token, the mean of the patch tokens, or both")

    /// The input that the options chose.
    init(_ options: ProbeOptions) {
        switch options.choice("input") {
        case "class": self = .classToken
        case "class+mean": self = .both
        default: self = .mean
        }
    }
}
