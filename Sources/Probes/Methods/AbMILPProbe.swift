package import Numerics

/// Attention-based multiple-instance pooling (AbMILP): tokens weighted by a score of each.
///
/// Minimal, the default: e_t = w·x_t + b; a = softmax_t(e); y = Σ_t a_t x_t. That is the core with one query; b is the
/// same for all tokens and has the gradient 0. With self-attention or a deeper score the tokens are not read linearly:
/// `AbMILPLayers` has the equations. The code of the efficient-probing paper has `self-attention: both`, `depth: 2` and
/// `activation: tanh` by default, without a code of positions.
///
/// Parameters: D + 1, D² + D more for each hidden layer and 4·D² + D for self-attention, and the head's D·C + C. MACs
/// of the minimal form in front of the head, N tokens: literature, whose weighted sum is not a matrix product, N·D forward
/// and backward; executed, 2·N·D forward and backward; of depth 2 with self-attention: literature, forward 5·N·D² + 2·N²·D + N·D; executed, forward 2·N·D² + 2·N²·D + 2·N·D + D², backward
/// 3·N·D² + 2·N²·D + 3·N·D + 2·D².
///
/// Source: Ilse, Tomczak and Welling, "Attention-based deep multiple instance learning" (ICML 2018); minimal as in
/// "Beyond [cls]: exploring the true potential of masked image modeling representations" (ICCV 2025).
package struct AbMILPProbe: AttendingProbe {
    package static let name = "abmilp"
    package static let summary = "attention-based multiple-instance pooling: tokens weighted by a score of each"
    package static let options = [
        ProbeOption(
            name: "self-attention", kind: .choice(AbMILPLayers.SelfAttention.allCases.map(\.rawValue)),
            defaultValue: .text("none"), summary: "none, before the scores (map), or before scores and sum (both)"),
        ProbeOption(name: "depth", kind: .count, defaultValue: .integer(1), summary: "layers of the score"),
        ProbeOption(
            name: "activation", kind: .choice(AbMILPLayers.Activation.allCases.map(\.rawValue)),
            defaultValue: .text("tanh"), summary: "of the score's hidden layers"),
        TokenSelection.option,
        TokenPreparation.option,
        LevelMix.option,
        LevelMix.normOption,
    ]

    package let shape: ProbeShape
    package let reading: ProbeReading
    package var outputWidth: Int { shape.width }
    let tokens: TokenSelection
    private let layers: AbMILPLayers

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        tokens = TokenSelection(options)
        layers = AbMILPLayers(
            width: shape.width, longest: shape.longest(tokens),
            selfAttention: AbMILPLayers.SelfAttention(rawValue: options.choice("self-attention")) ?? .none,
            activation: AbMILPLayers.Activation(rawValue: options.choice("activation")) ?? .tanh,
            depth: options.count("depth"))
        let isMinimal = !layers.attends && layers.depth == 1
        reading = isMinimal ? .attention(AttentionRequest(queries: 1, tokens: tokens)) : .tokens(tokens)
        self.shape = shape
        try Self.check(reading, fits: shape)
    }

    private static let weight = 0
    private static let bias = 1

    private var isMinimal: Bool { !layers.attends && layers.depth == 1 }

    package var tensors: [TensorSpecification] { layers.tensors }

    package var referencePooling: MultiplyAccumulates {
        layers.reference(tokens.count(shape.chargedTokens))
    }

    package var executedPooling: MultiplyAccumulates {
        let N = tokens.count(shape.chargedTokens)
        guard isMinimal else { return layers.executed(N) }
        return MultiplyAccumulates(forward: 2 * N * shape.width, backward: 2 * N * shape.width)
    }

    package var savedWidth: Int { isMinimal ? 0 : layers.savedWidth }
    package var scratchWidth: Int { isMinimal ? 0 : layers.scratchWidth }

    @specialized(where S == Float)
    package func effectiveQueries<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, into attention: AttentionQueries<S>,
        on path: KernelPath
    ) {
        scale(parameters.matrix(Self.weight), by: 1, into: attention.queries)
    }

    package var predictors: Int? { 1 }
    package var aggregateWidth: Int { shape.width }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, visit: MapVisit<S>?, on path: KernelPath
    ) {
        guard isMinimal else { return layers.forward(activations, parameters, visit: visit, on: path) }
        scale(activations.reading, by: 1, into: activations.output)
    }

    package func aggregates<S: Scalar>(_ activations: ProbeActivations<S>) -> MatrixView<S> {
        isMinimal ? activations.reading : layers.pooled(activations)
    }

    package func finish<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        guard isMinimal else { return layers.finish(activations, parameters, on: path) }
        scale(activations.reading, by: 1, into: activations.output)
    }

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        guard isMinimal else {
            return layers.backward(outputGradient, activations, parameters, gradients: gradients, on: path)
        }
        if let readingGradient { scale(outputGradient, by: 1, into: readingGradient) }
    }

    @specialized(where S == Float)
    package func queryGradient<S: Scalar>(
        _ attention: AttentionQueries<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        scale(attention.queries, by: 1, into: gradients.matrix(Self.weight))
        gradients[Self.bias].update(repeating: 0)
    }
}
