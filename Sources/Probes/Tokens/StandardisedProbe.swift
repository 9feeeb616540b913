package import Numerics

/// A probe whose tokens are standardised channel by channel: x'_t = (x_t − μ) ⊙ s.
///
/// Scores and aggregates are linear in the tokens: G·x'_t = (G ⊙ s)·x_t − const, which cancels in the softmax, and
/// Z' = (Z − μ) ⊙ s. So the core reads the tokens as they are stored, with the queries G ⊙ s, and ζ = s ⊙ ζ', ∂G = s ⊙ ∂G'.
///
/// Parameters and MACs of the literature's accounting are the probe's own, since standardising is no matrix product;
/// executed, M·D forward and backward more.
///
/// Buffers: the probe's own, and `tokens.mean` and `tokens.scale` `[D]`, which are fitted on the rows that train.
package struct StandardisedProbe<Base: GradientProbe>: GradientProbe {
    package static var name: String { Base.name }
    package static var summary: String { Base.summary }
    package static var options: [ProbeOption] { Base.options }

    package let reading: ProbeReading
    let base: Base

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        base = try Base(options, shape: shape)
        guard case .attention(var request) = base.reading, request.normEpsilon == nil, request.extraTokens == 0,
            base.context.isEmpty
        else {
            throw ProbeError(
                probe: Self.name, option: TokenPreparation.option.name,
                problem: "it normalises or computes with single tokens itself, and standardise is folded into scores",
                remedy: "take l2 or layer-norm, or standardise in front of efficient, mhca, siglip, coca or abmilp")
        }
        request.allowsRounding = false
        reading = .attention(request)
    }

    package var shape: ProbeShape { base.shape }
    package var outputWidth: Int { base.outputWidth }
    package var normalizesOutput: Bool { base.normalizesOutput }
    package var separatesQueries: Bool { base.separatesQueries }
    package var tensors: [TensorSpecification] { base.tensors }
    package var buffers: [TensorSpecification] {
        base.buffers + [
            TensorSpecification(FittedTokens.mean, shape: [shape.width], .constant(0)),
            TensorSpecification(FittedTokens.scale, shape: [shape.width], .constant(1)),
        ]
    }

    package var scratchWidth: Int { base.scratchWidth }
    /// Behind the probe's own: Z'.
    package var savedWidth: Int { base.savedWidth + readingWidth }

    package var referencePooling: MultiplyAccumulates { base.referencePooling }
    package var executedPooling: MultiplyAccumulates {
        base.executedPooling + MultiplyAccumulates(forward: readingWidth, backward: readingWidth)
    }

    private func mean<S>(_ activations: ProbeActivations<S>) -> UnsafeMutableBufferPointer<S> {
        activations.buffers[base.buffers.count]
    }

    private func scale<S>(_ activations: ProbeActivations<S>) -> UnsafeMutableBufferPointer<S> {
        activations.buffers[base.buffers.count + 1]
    }

    private func standardised<S>(_ activations: ProbeActivations<S>) -> MatrixView<S> {
        activations.saved.columns(base.savedWidth..<savedWidth)
    }

    /// What the probe itself works with.
    private func own<S>(_ activations: ProbeActivations<S>) -> ProbeActivations<S> {
        ProbeActivations(
            inputs: ProbeInputs(reading: standardised(activations), context: activations.context),
            saved: activations.saved.columns(0..<base.savedWidth), scratch: activations.scratch,
            output: activations.output, buffers: activations.buffers, isTraining: activations.isTraining)
    }

    package func effectiveQueries<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, into attention: AttentionQueries<S>,
        on path: KernelPath
    ) {
        base.effectiveQueries(own(activations), parameters, into: attention, on: path)
        multiplyVectors(of: attention.queries, by: scale(activations))
    }

    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        standardiseVectors(
            of: activations.reading, mean(activations), scale(activations), into: standardised(activations))
        base.forward(own(activations), parameters, on: path)
    }

    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        base.backward(
            outputGradient, own(activations), parameters, gradients: gradients, readingGradient: readingGradient,
            on: path)
        if let readingGradient { multiplyVectors(of: readingGradient, by: scale(activations)) }
    }

    package func queryGradient<S: Scalar>(
        _ attention: AttentionQueries<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        multiplyVectors(of: attention.queries, by: scale(activations))
        base.queryGradient(attention, own(activations), parameters, gradients: gradients, on: path)
    }
}

/// The names of the buffers that hold what was fitted of tokens.
package enum FittedTokens {
    /// μ.
    package static let mean = "tokens.mean"
    /// s, 1/σ of each channel.
    package static let scale = "tokens.scale"
}

/// Each vector of each row times a vector, channel by channel, in place.
@specialized(where S == Float)
private func multiplyVectors<S: Scalar>(of matrix: MatrixView<S>, by factors: UnsafeMutableBufferPointer<S>) {
    let width = factors.count
    guard let factor = factors.baseAddress else { return }
    for row in 0..<matrix.rows {
        for vector in 0..<matrix.columns / width {
            let elements = matrix.pointer + row * matrix.stride + vector * width
            for channel in 0..<width { elements[channel] *= factor[channel] }
        }
    }
}

/// target ← (each vector of each row − mean) ⊙ scale.
@specialized(where S == Float)
private func standardiseVectors<S: Scalar>(
    of source: MatrixView<S>, _ mean: UnsafeMutableBufferPointer<S>, _ scale: UnsafeMutableBufferPointer<S>,
    into target: MatrixView<S>
) {
    let width = mean.count
    guard let centre = mean.baseAddress, let factor = scale.baseAddress else { return }
    for row in 0..<source.rows {
        for vector in 0..<source.columns / width {
            let from = source.pointer + row * source.stride + vector * width
            let to = target.pointer + row * target.stride + vector * width
            for channel in 0..<width { to[channel] = (from[channel] - centre[channel]) * factor[channel] }
        }
    }
}
