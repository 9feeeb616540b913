package import Numerics

/// A probe in front of which levels are mixed with learned weights (``LevelMix``).
///
/// With α = softmax(w), scores and aggregates are linear in the tokens: G·x̃_t = Σ_l (α_l G)·x_{l,t} and Σ_t a_t x̃_t =
/// Σ_l α_l Σ_t a_t x_{l,t}. So the levels lie side by side, as tokens L·D wide that never change, the core gets the
/// queries [α_1 G, …, α_L G], and nothing is mixed token by token:
///
/// Z = Σ_l α_l Z_l, ζ_l = α_l ζ, ∂G = Σ_l α_l ∂G_l, ∂α_l = ⟨G, ∂G_l⟩ + Σ_b ⟨ζ_b, Z_{l,b}⟩, and
/// ∂w = α ⊙ (∂α − Σ α ⊙ ∂α).
///
/// Pooled vectors are mixed in the same manner, without queries.
///
/// Parameters: L, and the probe's own. MACs, N tokens: literature, L·N·D more forward and backward, or L·W for a vector W
/// wide, and the probe's own backward is twice its forward, since the gradient goes on to the tokens; executed, what the
/// core does L − 1 times more, 2·M·N·D·(L − 1) forward and backward, and L·M·D for mixing its reading, or L·W.
///
/// Tensors: the probe's own, and `mix.weights` `[L]`, 0 at first.
package struct MixedProbe<Base: GradientProbe>: GradientProbe {
    package static var name: String { Base.name }
    package static var summary: String { Base.summary }
    package static var options: [ProbeOption] { Base.options }

    /// As the core sees it: L·D wide.
    package let shape: ProbeShape
    package let reading: ProbeReading
    let base: Base
    /// L.
    let levels: Int

    /// - Parameter shape: Of one level.
    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        base = try Base(options, shape: shape)
        levels = try LevelMix.count(options)
        reading = try Self.reading(of: base)
        guard levels <= LevelMix.mostChannels / shape.width else {
            throw Self.refusal(
                "\(levels) levels of width \(shape.width) are more than \(LevelMix.mostChannels) channels side by side",
                "mix fewer levels")
        }
        var wide = shape
        wide.width *= levels
        self.shape = wide
        if TokenPreparation(options) != nil { throw Self.refusal("it prepares what it reads", "leave prepare out") }
    }

    private static func reading(of base: Base) throws(ProbeError) -> ProbeReading {
        switch base.reading {
        case .attention(var request):
            guard request.normEpsilon == nil, request.extraTokens == 0, !request.queriesPerSample, base.context.isEmpty
            else { throw refusal("it normalises or summarises the tokens, which a mixture changes at every step") }
            request.allowsRounding = false
            return .attention(request)
        case .pooled(let input):
            guard input.preparation == nil else {
                throw refusal("it prepares what it reads", "leave prepare out: levels are normalised already")
            }
            guard input.patch != .maximum else {
                throw refusal("the largest value of a mixture is not the mixture of the largest values")
            }
            return .pooled(input)
        case .tokens:
            throw refusal("it computes with single tokens, which a mixture changes at every step")
        }
    }

    private static func refusal(
        _ problem: String, _ remedy: String = "mix in front of linear, mlp, efficient, mhca, siglip, coca or abmilp"
    ) -> ProbeError {
        ProbeError(probe: name, option: LevelMix.option.name, problem: problem, remedy: remedy)
    }

    package var outputWidth: Int { base.outputWidth }
    package var normalizesOutput: Bool { base.normalizesOutput }
    package var separatesQueries: Bool { base.separatesQueries }
    package var buffers: [TensorSpecification] { base.buffers }

    package var tensors: [TensorSpecification] {
        base.tensors + [TensorSpecification(LevelMix.tensor, shape: [levels], .constant(0), isDecayed: false)]
    }

    private var mixTensor: Int { base.tensors.count }

    private var attends: Bool { if case .attention = reading { true } else { false } }
    /// D.
    private var width: Int { base.shape.width }
    /// M·D, or W: what the probe reads of a sample.
    private var mixedWidth: Int { base.readingWidth }

    // MARK: Cost

    package var referencePooling: MultiplyAccumulates {
        let read = levels * (tokensRead.map { $0 * width } ?? mixedWidth)
        let forward = base.referencePooling.forward
        return MultiplyAccumulates(forward: forward + read, backward: 2 * forward + read)
    }

    package var executedPooling: MultiplyAccumulates {
        let more = tokensRead.map { 2 * mixedWidth * $0 * (levels - 1) } ?? 0
        let mixing = levels * mixedWidth
        // The gradient by a vector, which a perceptron by itself does without.
        let byVector = attends ? 0 : base.tensors.first?.count ?? 0
        return base.executedPooling
            + MultiplyAccumulates(forward: more + mixing, backward: more + 2 * mixing + byVector)
    }

    /// N; nil for a probe that reads a vector.
    private var tokensRead: Int? { reading.tokens.map { $0.count(shape.chargedTokens) } }

    // MARK: Memory

    /// Behind the probe's own: what it reads, and the gradient of that.
    package var savedWidth: Int { base.savedWidth + 2 * mixedWidth }

    /// Behind the probe's own: G and ∂G, where there are queries, and ∂α channel by channel.
    package var scratchWidth: Int { base.scratchWidth + (attends ? 2 * mixedWidth : 0) + levels * width }

    private func mixed<S>(_ activations: ProbeActivations<S>) -> MatrixView<S> {
        activations.saved.columns(base.savedWidth..<base.savedWidth + mixedWidth)
    }

    private func mixedGradient<S>(_ activations: ProbeActivations<S>) -> MatrixView<S> {
        activations.saved.columns(base.savedWidth + mixedWidth..<savedWidth)
    }

    /// `[L, D]`.
    private func channelSlopes<S>(_ activations: ProbeActivations<S>) -> MatrixView<S> {
        activations.scratch.columns(base.scratchWidth..<base.scratchWidth + levels * width).reshaped(levels, width)
    }

    /// G of one level, and room for ∂G: `[M, D]` each.
    private func queries<S>(_ activations: ProbeActivations<S>) -> (own: MatrixView<S>, gradient: MatrixView<S>) {
        let start = base.scratchWidth + levels * width
        func part(_ index: Int) -> MatrixView<S> {
            let first = start + index * mixedWidth
            return activations.scratch.columns(first..<first + mixedWidth).reshaped(mixedWidth / width, width)
        }
        return (part(0), part(1))
    }

    /// What the probe itself works with.
    private func own<S>(_ activations: ProbeActivations<S>) -> ProbeActivations<S> {
        ProbeActivations(
            inputs: ProbeInputs(reading: mixed(activations), context: activations.context),
            saved: activations.saved.columns(0..<base.savedWidth),
            scratch: activations.scratch.columns(0..<base.scratchWidth), output: activations.output,
            buffers: activations.buffers, isTraining: activations.isTraining)
    }

    // MARK: Computation

    package func effectiveQueries<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, into attention: AttentionQueries<S>,
        on path: KernelPath
    ) {
        let queries = queries(activations).own
        base.effectiveQueries(
            own(activations), parameters,
            into: AttentionQueries(queries: queries, extraTokens: attention.extraTokens, count: attention.count),
            on: path)
        spreadOverLevels(queries, by: MixingWeights.of(parameters[mixTensor]), width: width, into: attention.queries)
    }

    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        mixLevels(
            activations.reading, by: MixingWeights.of(parameters[mixTensor]), width: width, into: mixed(activations))
        base.forward(own(activations), parameters, on: path)
    }

    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        let (gradient, slopes) = (mixedGradient(activations), channelSlopes(activations))
        base.backward(
            outputGradient, own(activations), parameters, gradients: gradients, readingGradient: gradient, on: path)
        slopes.clear()
        addLevelSlopes(activations.reading, along: gradient, to: slopes)
        let weights = MixingWeights.of(parameters[mixTensor])
        if let readingGradient { spreadOverLevels(gradient, by: weights, width: width, into: readingGradient) }
        // Those of probes that attend are complete behind the core's backward.
        if !attends { MixingWeights.writeGradient(slopes, at: weights, into: gradients[mixTensor]) }
    }

    package func queryGradient<S: Scalar>(
        _ attention: AttentionQueries<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        let (queries, slopes) = (queries(activations), channelSlopes(activations))
        let weights = MixingWeights.of(parameters[mixTensor])
        addLevelSlopes(attention.queries, along: queries.own, to: slopes)
        mixLevels(attention.queries, by: weights, width: width, into: queries.gradient)
        base.queryGradient(
            AttentionQueries(queries: queries.gradient, extraTokens: attention.extraTokens, count: attention.count),
            own(activations), parameters, gradients: gradients, on: path)
        MixingWeights.writeGradient(slopes, at: weights, into: gradients[mixTensor])
    }
}
