public import Numerics

/// Attention-based multiple-instance pooling (AbMILP), minimal: one linear layer scores the tokens.
///
/// e_t = w·x_t + b; a = softmax_t(e); y = Σ_t a_t x_t. The core with one query; b is the same for all tokens and has the
/// gradient 0.
///
/// Parameters: D + 1, and the head's D·C + C. MACs in front of the head, N tokens, in both orders: 2·N·D forward and backward.
///
/// Source: Ilse, Tomczak and Welling, "Attention-based deep multiple instance learning" (ICML 2018), in the form of
/// "Beyond [cls]: exploring the true potential of masked image modeling representations" (ICCV 2025): no self-attention,
/// depth 1.
public struct AbMILPProbe: GradientProbe {
    public static let name = "abmilp"
    public static let summary = "attention-based multiple-instance pooling: tokens weighted by one linear score"
    public static let options = [TokenSelection.option]

    public let shape: ProbeShape
    public let reading: ProbeReading
    public var outputWidth: Int { shape.width }
    let tokens: TokenSelection

    public init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        tokens = TokenSelection(options)
        reading = .attention(AttentionDemand(queries: 1, tokens: tokens))
        self.shape = shape
        try Self.check(reading, fits: shape)
    }

    private static let weight = 0
    private static let bias = 1

    public var tensors: [TensorSpecification] {
        let linear = TensorInitializer.defaultLinear(inputs: shape.width)
        return [
            TensorSpecification("score.weight", shape: [1, shape.width], linear),
            TensorSpecification("score.bias", shape: [1], linear),
        ]
    }

    public var referencePooling: MultiplyAccumulates { executedPooling }

    public var executedPooling: MultiplyAccumulates {
        let macs = 2 * tokens.count(shape.tokens.upperBound) * shape.width
        return MultiplyAccumulates(forward: macs, backward: macs)
    }

    @specialized(where S == Float)
    public func effectiveQueries<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, into attention: AttentionQueries<S>,
        on path: KernelPath
    ) {
        scale(parameters.matrix(Self.weight), by: 1, into: attention.queries)
    }

    @specialized(where S == Float)
    public func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        scale(activations.reading, by: 1, into: activations.output)
    }

    @specialized(where S == Float)
    public func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        if let readingGradient { scale(outputGradient, by: 1, into: readingGradient) }
    }

    @specialized(where S == Float)
    public func queryGradient<S: Scalar>(
        _ attention: AttentionQueries<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        scale(attention.queries, by: 1, into: gradients.matrix(Self.weight))
        gradients[Self.bias].update(repeating: 0)
    }
}
