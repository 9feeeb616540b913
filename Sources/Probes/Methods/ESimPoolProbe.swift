package import Numerics

/// eSimPool: SimPool without projections, in heads that act on disjoint slices of the channels.
///
/// q = LN(mean_t x_t); k_t = LN(x_t), the same norm, ε = 1e-6, with affine; values are the raw tokens; 12 heads,
/// c = d_h^{-1/2}; s_ht = c·q[h]·k_t[h]; y[h] = Σ_t softmax_t(s_h)_t x_t[h].
///
/// Heads see different channels, so products of whole tokens, which the attention core makes, would cost H times as
/// much; each head multiplies its own slice. Only γ and β train. Backward: α_ht = y'[h]·x_t[h]; ψ by softmax; p[h] = c
/// Σ_t ψ_ht x̂_t[h]; q' = γ ⊙ p; ∂γ = Σ_b q ⊙ p + q' ⊙ ĝ, ĝ the normalised mean; ∂β = Σ_b q'.
///
/// Parameters: 2·D, and the head's D·C + C. MACs in front of the head, N tokens: literature, forward 2·N·D, backward
/// 3·N·D; executed, 2·N·D forward and backward.
///
/// Source: the efficient variant of Psomas et al., "Keep it SimPool" (ICCV 2023), in the code of the efficient-probing
/// paper.
package struct ESimPoolProbe: AttendingProbe {
    package static let name = "esimpool"
    package static let summary = "SimPool without projections, in 12 heads on slices of the channels"
    package static let options = [
        ProbeOption(name: "heads", kind: .count, defaultValue: .integer(12), summary: "H; it must divide D"),
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

    private static let epsilon = 1e-6
    private static let gamma = 0
    private static let beta = 1

    package var tensors: [TensorSpecification] {
        [
            TensorSpecification("norm.weight", shape: [shape.width], .constant(1)),
            TensorSpecification("norm.bias", shape: [shape.width], .constant(0)),
        ]
    }

    package var context: [TokenSummary] { [.mean(tokens)] }

    private var longest: Int { shape.longest(tokens) }

    package var referencePooling: MultiplyAccumulates {
        let ND = tokens.count(shape.chargedTokens) * shape.width
        return MultiplyAccumulates(forward: 2 * ND, backward: 3 * ND)
    }

    package var executedPooling: MultiplyAccumulates {
        let ND = tokens.count(shape.chargedTokens) * shape.width
        return MultiplyAccumulates(forward: 2 * ND, backward: 2 * ND)
    }

    /// ĝ, q and p, and A `[H, N]`.
    private var savedWidths: [Int] { [shape.width, shape.width, shape.width, heads * longest] }
    package var savedWidth: Int { savedWidths.reduce(0, +) }
    /// Tokens, normalised tokens, and α.
    private var scratchWidths: [Int] { [longest * shape.width, longest * shape.width, heads * longest] }
    package var scratchWidth: Int { scratchWidths.reduce(0, +) }

    private func saved<S>(_ activations: ProbeActivations<S>) -> [MatrixView<S>] {
        activations.saved.split(savedWidths)
    }

    private func slice(_ head: Int) -> Range<Int> {
        let width = shape.width / heads
        return head * width..<(head + 1) * width
    }

    /// One sample's tokens, normalised ones, and a buffer for α.
    private func unpack<S: Scalar>(
        _ sample: Int, _ activations: ProbeActivations<S>
    ) -> (tokens: MatrixView<S>, normalized: MatrixView<S>, slopes: MatrixView<S>) {
        let view = activations.inputs.tokens[sample]
        let parts = activations.scratch.split(scratchWidths)
        let tokens = parts[0].reshaped(view.tokens, shape.width)
        let normalized = parts[1].reshaped(view.tokens, shape.width)
        Numerics.unpack(view, into: tokens)
        LayerNorm.normalize(tokens, epsilon: Self.epsilon, into: normalized)
        return (tokens, normalized, parts[2].reshaped(heads, view.tokens))
    }

    package var predictors: Int? { heads }
    package var aggregateWidth: Int { shape.width / heads }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, visit: MapVisit<S>?, on path: KernelPath
    ) {
        let saved = saved(activations)
        let (q, p) = (saved[1], saved[2])
        LayerNorm.normalize(activations.context, epsilon: Self.epsilon, into: saved[0])
        LayerNorm.affine(saved[0], parameters[Self.gamma], parameters[Self.beta], into: q)
        // p is unused until the backward pass: it holds the queries of normalised tokens, γ ⊙ q.
        LayerNorm.affine(q, parameters[Self.gamma], nil, into: p)
        for sample in 0..<activations.count {
            let (tokens, normalized, _) = unpack(sample, activations)
            let attention = saved[3].rows(sample..<sample + 1).reshaped(heads, tokens.rows)
            for head in 0..<heads {
                multiply(
                    p.rows(sample..<sample + 1).columns(slice(head)), normalized.columns(slice(head)), transposed: true,
                    into: attention.rows(head..<head + 1), alpha: scoreScale(), on: path)
            }
            Softmax.apply(attention)
            visit?(sample, attention) { aggregate(tokens, by: $0, into: $1, on: path) }
            aggregate(tokens, by: attention, into: activations.output.rows(sample..<sample + 1), on: path)
        }
    }

    /// Each head's slice of the tokens, summed by its map.
    @specialized(where S == Float)
    private func aggregate<S: Scalar>(
        _ tokens: MatrixView<S>, by maps: MatrixView<S>, into target: MatrixView<S>, on path: KernelPath
    ) {
        for head in 0..<heads {
            multiply(
                maps.rows(head..<head + 1), tokens.columns(slice(head)), into: target.columns(slice(head)), on: path)
        }
    }

    /// The output is the aggregates side by side.
    package func aggregates<S: Scalar>(_ activations: ProbeActivations<S>) -> MatrixView<S> { activations.output }

    package func finish<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {}

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        let saved = saved(activations)
        let (q, p) = (saved[1], saved[2])
        for sample in 0..<activations.count {
            let (tokens, normalized, slopes) = unpack(sample, activations)
            let attention = saved[3].rows(sample..<sample + 1).reshaped(heads, tokens.rows)
            for head in 0..<heads {
                multiply(
                    outputGradient.rows(sample..<sample + 1).columns(slice(head)), tokens.columns(slice(head)),
                    transposed: true, into: slopes.rows(head..<head + 1), on: path)
            }
            Softmax.backward(slopes, attention: attention)
            for head in 0..<heads {
                multiply(
                    slopes.rows(head..<head + 1), normalized.columns(slice(head)),
                    into: p.rows(sample..<sample + 1).columns(slice(head)), alpha: scoreScale(), on: path)
            }
        }
        // As the key's norm: ∂γ = Σ q ⊙ p, and p becomes γ ⊙ p = q'. Then as the query's.
        LayerNorm.affineBackward(
            p, normalized: q, parameters[Self.gamma], gammaGradient: gradients[Self.gamma], betaGradient: nil)
        gradients[Self.beta].update(repeating: 0)
        LayerNorm.affineBackward(
            p, normalized: saved[0], parameters[Self.gamma], gammaGradient: gradients[Self.gamma],
            betaGradient: gradients[Self.beta], accumulate: true, scales: false)
    }

    /// d_h^{-1/2}.
    private func scoreScale<S: Scalar>() -> S {
        1 / S(shape.width / heads).squareRoot()
    }
}
