package import Numerics

/// A transformer block of DINO's vision transformer on the tokens, and the mean of its output.
///
/// x_1 = x + W_o MHSA(LN1(x)) + b_o (no biases of q, k, v; scale d_h^{-1/2}); x_2 = x_1 + W_2 GELU(W_1 LN2(x_1) + b_1)
/// + b_2; y = mean_t x_2; ε = 1e-5, hidden width 4·D, GELU by erf, no layer scale, no drop path.
///
/// W_2 commutes with the mean: y = mean_t x_1 + W_2 mean_t g + b_2. Backward: g'_t = W_2ᵀ y'/T for all t, and on as
/// `TransformerBlock` says, which recomputes the values of each group of samples.
///
/// Parameters: 12·D² + 10·D, and the head's D·C + C. MACs in front of the head, N tokens: literature, forward 12·N·D² +
/// 2·N²·D, backward twice that; executed, forward 8·N·D² + 2·N²·D + 4·D², backward 13·N·D² + 4·N²·D + 8·D² and the
/// 8·N·D² + 2·N²·D of recomputing the values.
///
/// Source: the block of Caron et al., "Emerging properties in self-supervised vision transformers" (ICCV 2021), as a
/// pooling in the code of the efficient-probing paper.
package struct VisionBlockProbe: AttendingProbe {
    package static let name = "vit-block"
    package static let summary = "a transformer block over all tokens, and their mean"
    package static let options = [
        ProbeOption(name: "heads", kind: .count, defaultValue: .integer(8), summary: "H; it must divide D"),
        TokenSelection.option,
        TokenPreparation.option,
    ]

    package let shape: ProbeShape
    package let reading: ProbeReading
    package var outputWidth: Int { shape.width }
    let heads: Int
    let tokens: TokenSelection

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        heads = options.count("heads")
        tokens = TokenSelection(options)
        reading = .tokens(tokens)
        self.shape = shape
        try Self.check(reading, fits: shape)
        try Self.check(heads: heads, divide: shape.width, "the width")
    }

    package var tensors: [TensorSpecification] {
        let D = shape.width
        let linear = TensorInitializer.defaultLinear(inputs: D)
        return [
            TensorSpecification("norm1.weight", shape: [D], .constant(1)),
            TensorSpecification("norm1.bias", shape: [D], .constant(0)),
            TensorSpecification("query_key_value.weight", shape: [3 * D, D], linear),
            TensorSpecification("output.weight", shape: [D, D], linear),
            TensorSpecification("output.bias", shape: [D], linear),
            TensorSpecification("norm2.weight", shape: [D], .constant(1)),
            TensorSpecification("norm2.bias", shape: [D], .constant(0)),
        ] + ResidualPerceptron.tensors(width: D)
    }

    var block: TransformerBlock {
        TransformerBlock(
            width: shape.width, heads: heads, epsilon: 1e-5, longest: shape.longest(tokens), first: 0,
            hasProjectionBias: false)
    }

    package var referencePooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        let forward = 12 * N * D * D + 2 * N * N * D
        return MultiplyAccumulates(forward: forward, backward: 2 * forward)
    }

    package var executedPooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        let again = 8 * N * D * D + 2 * N * N * D
        return MultiplyAccumulates(
            forward: again + 4 * D * D, backward: 13 * N * D * D + 4 * N * N * D + 8 * D * D + again)
    }

    /// mean_t g and its gradient.
    var savedWidths: [Int] { [4 * shape.width, 4 * shape.width] }
    package var savedWidth: Int { savedWidths.reduce(0, +) }
    /// The block's, and Σ qkv'.
    var scratchWidths: [Int] { [TransformerValues<Float>.scratchWidth(block), 3 * shape.width] }
    package var scratchWidth: Int { scratchWidths.reduce(0, +) }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, visit: MapVisit<S>?, on path: KernelPath
    ) {
        let (block, mean) = (block, activations.saved.split(savedWidths)[0])
        for group in TokenGroup.groups(of: activations.inputs.tokens, longest: block.longest) {
            let values = values(activations.scratch, group)
            activate(values, group, activations, parameters, on: path)
            for sample in group.samples {
                averageRows(of: values.active.rows(group.rows(sample)), into: mean.row(sample))
                averageRows(of: values.rows.rows(group.rows(sample)), into: activations.output.row(sample))
                if let visit { show(sample, group.rows(sample), values, activations, to: visit, on: path) }
            }
        }
        multiply(
            mean, parameters.matrix(block.second), transposed: true, into: activations.output, accumulate: true,
            on: path)
        addToRows(of: activations.output, parameters[block.secondBias])
        if visit != nil { classRow(activations).output.copy(from: activations.output) }
    }

    private func values<S>(_ scratch: MatrixView<S>, _ group: TokenGroup) -> TransformerValues<S> {
        TransformerValues(scratch.split(scratchWidths)[0], block, rows: group.rows)
    }

    @specialized(where S == Float)
    private func activate<S: Scalar>(
        _ values: TransformerValues<S>, _ group: TokenGroup, _ activations: ProbeActivations<S>,
        _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        group.load(activations.inputs.tokens, into: values.rows)
        block.attend(values, group, parameters, on: path)
        block.activate(values, parameters, on: path)
    }

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        let block = block
        let saved = activations.saved.split(savedWidths)
        let projectedSum = activations.scratch.split(scratchWidths)[1]
        block.clear(gradients)
        projectedSum.clear()
        Projection.backward(
            outputGradient, saved[0], parameters.matrix(block.second), weightGradient: gradients.matrix(block.second),
            biasGradient: gradients[block.secondBias], inputGradient: saved[1], on: path)
        for group in TokenGroup.groups(of: activations.inputs.tokens, longest: block.longest) {
            let values = values(activations.scratch, group)
            activate(values, group, activations, parameters, on: path)
            for sample in group.samples {
                let rows = group.rows(sample)
                let share = 1 / S(max(rows.count, 1))
                spread(saved[1].rows(sample..<sample + 1), by: share, into: values.active.rows(rows))
                spread(outputGradient.rows(sample..<sample + 1), by: share, into: values.slope.rows(rows))
            }
            block.backward(
                frozen: values, group, parameters, gradients: gradients, projectedSum: projectedSum.row(0), on: path)
        }
        block.finish(parameters, gradients: gradients, projectedSum: projectedSum.row(0))
    }
}
