internal import Foundation
package import Numerics

/// DOLG's spatial attention: a projection of each token, weighted by its own unnormalised score.
///
/// f_t = BN(W_1 x_t + b_1), affine, ε = 1e-5, over all tokens of the candidate's batch (in evaluation by running
/// statistics, momentum 0.1); f̂_t = f_t/max(‖f_t‖, 1e-12); att_t = softplus(w_2·relu(f_t) + b_2), linear above 20; y =
/// (1/T) Σ_t att_t f̂_t.
///
/// Backward: att'_t = y'·f̂_t/T; e'_t = att'_t σ(e_t); f̂'_t = att_t y'/T; f'_t = (f̂'_t − f̂_t (f̂_t·f̂'_t))/‖f_t‖ +
/// e'_t w_2 ⊙ [f_t > 0]; then batch norm over the tokens, and ∂W_1 = Σ h'_t x_tᵀ. Batch norm cancels b_1: ∂b_1 = 0.
///
/// The scores are not linear in the tokens, so that no order is cheaper. The official code reshapes tokens to a square
/// grid, but the result does not depend on it: any number of tokens is valid, and samples may differ in length.
///
/// Parameters: D² + 4·D + 1, and the head's D·C + C. MACs in front of the head, N tokens: literature, forward N·D² +
/// N·D, backward N·D² + 2·N·D; executed, forward N·D² + 2·N·D, backward N·D² + 4·N·D.
///
/// Source: Yang et al., "DOLG: single-stage image retrieval with deep orthogonal fusion of local and global features"
/// (ICCV 2021), its spatial attention without the pyramid. W_1 ~ N(0, 2/D), w_2 ~ N(0, 2), by variance.
package struct DOLGProbe: GradientProbe {
    package static let name = "dolg"
    package static let summary = "DOLG's spatial attention: projected tokens weighted by softplus scores"
    package static let options = [TokenSelection.option, TokenPreparation.option]

    package let shape: ProbeShape
    package let reading: ProbeReading
    package var outputWidth: Int { shape.width }
    let tokens: TokenSelection

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        tokens = TokenSelection(options)
        reading = .tokens(tokens)
        self.shape = shape
        try Self.check(reading, fits: shape)
    }

    private static let epsilon = 1e-5
    private static let momentum = 0.1
    private static let weight = 0
    private static let bias = 1
    private static let gamma = 2
    private static let beta = 3
    private static let score = 4
    private static let scoreBias = 5

    package var tensors: [TensorSpecification] {
        let D = shape.width
        let linear = TensorInitializer.defaultLinear(inputs: D)
        return [
            TensorSpecification(
                "projection.weight", shape: [D, D], .normal(deviation: (2 / Double(D)).squareRoot())),
            TensorSpecification("projection.bias", shape: [D], linear),
            TensorSpecification("token_norm.weight", shape: [D], .constant(1)),
            TensorSpecification("token_norm.bias", shape: [D], .constant(0)),
            TensorSpecification("score.weight", shape: [1, D], .normal(deviation: 2.0.squareRoot())),
            TensorSpecification("score.bias", shape: [1], linear),
        ]
    }

    package var buffers: [TensorSpecification] {
        [
            TensorSpecification("token_norm.running_mean", shape: [shape.width], .constant(0)),
            TensorSpecification("token_norm.running_var", shape: [shape.width], .constant(1)),
        ]
    }

    package var referencePooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        return MultiplyAccumulates(forward: N * D * D + N * D, backward: N * D * D + 2 * N * D)
    }

    package var executedPooling: MultiplyAccumulates {
        let (N, D) = (tokens.count(shape.chargedTokens), shape.width)
        return MultiplyAccumulates(forward: N * D * D + 2 * N * D, backward: N * D * D + 4 * N * D)
    }

    private var longest: Int { shape.longest(tokens) }

    /// h normalised, `[N, D]`.
    package var savedWidth: Int { longest * shape.width }
    /// Tokens and gradients of one sample, μ, 1/σ, Σ f' and Σ f' ⊙ ĥ.
    private var scratchWidths: [Int] {
        let D = shape.width
        return [longest * D, longest * D, D, D, D, D]
    }

    package var scratchWidth: Int { scratchWidths.reduce(0, +) }

    private struct Scratch<S: Scalar> {
        let tokens, slopes, mean, inverse, sum, projection: MatrixView<S>
    }

    private func scratch<S>(_ activations: ProbeActivations<S>) -> Scratch<S> {
        let parts = activations.scratch.split(scratchWidths)
        return Scratch(
            tokens: parts[0], slopes: parts[1], mean: parts[2], inverse: parts[3], sum: parts[4], projection: parts[5])
    }

    /// One sample's normalised projections.
    private func rows<S>(_ sample: Int, _ activations: ProbeActivations<S>) -> MatrixView<S> {
        activations.saved.rows(sample..<sample + 1).reshaped(activations.inputs.tokens[sample].tokens, shape.width)
    }

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        let scratch = scratch(activations)
        for (sample, view) in activations.inputs.tokens.enumerated() {
            let tokens = scratch.tokens.reshaped(view.tokens, shape.width)
            unpack(view, into: tokens)
            Projection.apply(
                tokens, parameters.matrix(Self.weight), parameters[Self.bias], into: rows(sample, activations),
                on: path)
        }
        takeStatistics(activations, scratch)
        for sample in 0..<activations.count {
            let rows = rows(sample, activations)
            for token in 0..<rows.rows {
                let elements = rows.row(token)
                for channel in elements.indices {
                    elements[channel] = (elements[channel] - scratch.mean[0, channel]) * scratch.inverse[0, channel]
                }
            }
            pool(rows, parameters, scratch, into: activations.output.row(sample))
        }
    }

    /// μ and 1/σ of the projections, the batch's own or the running ones.
    @specialized(where S == Float)
    private func takeStatistics<S: Scalar>(_ activations: ProbeActivations<S>, _ scratch: Scratch<S>) {
        let (runningMean, runningVariance) = (activations.buffers[0], activations.buffers[1])
        let (mean, squares) = (scratch.mean.row(0), scratch.inverse.row(0))
        guard activations.isTraining else {
            for channel in mean.indices {
                mean[channel] = runningMean[channel]
                squares[channel] = 1 / (runningVariance[channel] + S(Self.epsilon)).squareRoot()
            }
            return
        }
        mean.update(repeating: 0)
        squares.update(repeating: 0)
        var count: S = 0
        for sample in 0..<activations.count {
            let rows = rows(sample, activations)
            count += S(rows.rows)
            addRows(of: rows, to: mean)
        }
        for channel in mean.indices { mean[channel] /= count }
        for sample in 0..<activations.count {
            let rows = rows(sample, activations)
            for token in 0..<rows.rows {
                let elements = rows.row(token)
                for channel in elements.indices {
                    let centred = elements[channel] - mean[channel]
                    squares[channel] += centred * centred
                }
            }
        }
        let momentum = S(Self.momentum)
        for channel in mean.indices {
            runningMean[channel] += momentum * (mean[channel] - runningMean[channel])
            runningVariance[channel] += momentum * (squares[channel] / max(count - 1, 1) - runningVariance[channel])
            squares[channel] = 1 / (squares[channel] / count + S(Self.epsilon)).squareRoot()
        }
    }

    /// f of one token, its norm and its score.
    @inline(__always)
    private func features<S: Scalar>(
        _ normalized: UnsafeMutableBufferPointer<S>, _ parameters: TensorBlock<S>,
        into features: UnsafeMutableBufferPointer<S>
    ) -> (norm: S, score: S) {
        let (gain, shift, weight) = (parameters[Self.gamma], parameters[Self.beta], parameters[Self.score])
        var (squares, score): (S, S) = (0, parameters[Self.scoreBias][0])
        for channel in features.indices {
            let value = gain[channel] * normalized[channel] + shift[channel]
            features[channel] = value
            squares += value * value
            if value > 0 { score += weight[channel] * value }
        }
        return (max(squares.squareRoot(), 1e-12), score)
    }

    @specialized(where S == Float)
    private func pool<S: Scalar>(
        _ rows: MatrixView<S>, _ parameters: TensorBlock<S>, _ scratch: Scratch<S>,
        into output: UnsafeMutableBufferPointer<S>
    ) {
        output.update(repeating: 0)
        let features = scratch.slopes.reshaped(1, shape.width).row(0)
        for token in 0..<rows.rows {
            let (norm, score) = self.features(rows.row(token), parameters, into: features)
            let weight = softplus(score).value / (norm * S(rows.rows))
            for channel in output.indices { output[channel] += weight * features[channel] }
        }
    }

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        let scratch = scratch(activations)
        for tensor in parameters.layout.tensors.indices.prefix(tensors.count) {
            gradients[tensor].update(repeating: 0)
        }
        scratch.sum.clear()
        scratch.projection.clear()
        var count = 0
        for sample in 0..<activations.count {
            count += activations.inputs.tokens[sample].tokens
            featureGradients(sample, outputGradient, activations, parameters, scratch, gradients: gradients)
        }
        normGradients(count, scratch, gradients)
        for (sample, view) in activations.inputs.tokens.enumerated() {
            // Recomputed, since a batch's gradients of all tokens would take as much memory as the projections.
            featureGradients(sample, outputGradient, activations, parameters, scratch, gradients: nil)
            let slopes = scratch.slopes.reshaped(view.tokens, shape.width)
            normBackward(slopes, rows(sample, activations), parameters, scratch)
            let tokens = scratch.tokens.reshaped(view.tokens, shape.width)
            unpack(view, into: tokens)
            multiply(
                slopes, transposed: true, tokens, into: gradients.matrix(Self.weight), accumulate: true, on: path)
        }
    }

    /// f' of one sample's tokens into `slopes`, and their parts of the sums that γ, β and the score need.
    @specialized(where S == Float)
    private func featureGradients<S: Scalar>(
        _ sample: Int, _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>,
        _ parameters: TensorBlock<S>, _ scratch: Scratch<S>, gradients: TensorBlock<S>?
    ) {
        let rows = rows(sample, activations)
        let (slopes, slope) = (scratch.slopes.reshaped(rows.rows, shape.width), outputGradient.row(sample))
        let (weight, share) = (parameters[Self.score], 1 / S(max(rows.rows, 1)))
        for token in 0..<rows.rows {
            let (normalized, features) = (rows.row(token), slopes.row(token))
            let (norm, score) = self.features(normalized, parameters, into: features)
            let attention = softplus(score)
            var along: S = 0
            for channel in features.indices { along += slope[channel] * features[channel] }
            along /= norm
            let scoreSlope = along * share * attention.derivative
            let factor = attention.value * share / norm
            if let gradients {
                gradients[Self.scoreBias][0] += scoreSlope
                for channel in features.indices where features[channel] > 0 {
                    gradients[Self.score][channel] += scoreSlope * features[channel]
                }
            }
            for channel in features.indices {
                let value = features[channel]
                features[channel] =
                    factor * (slope[channel] - value / norm * along)
                    + (value > 0 ? scoreSlope * weight[channel] : 0)
            }
            guard gradients != nil else { continue }
            for channel in features.indices {
                scratch.sum[0, channel] += features[channel]
                scratch.projection[0, channel] += features[channel] * normalized[channel]
            }
        }
    }

    /// γ and β from the sums, which become means.
    @specialized(where S == Float)
    private func normGradients<S: Scalar>(_ count: Int, _ scratch: Scratch<S>, _ gradients: TensorBlock<S>) {
        let inverse = 1 / S(max(count, 1))
        for channel in 0..<shape.width {
            gradients[Self.gamma][channel] = scratch.projection[0, channel]
            gradients[Self.beta][channel] = scratch.sum[0, channel]
            scratch.projection[0, channel] *= inverse
            scratch.sum[0, channel] *= inverse
        }
    }

    /// h' from f', in place.
    @specialized(where S == Float)
    private func normBackward<S: Scalar>(
        _ slopes: MatrixView<S>, _ normalized: MatrixView<S>, _ parameters: TensorBlock<S>, _ scratch: Scratch<S>
    ) {
        let gain = parameters[Self.gamma]
        for token in 0..<slopes.rows {
            let (slope, value) = (slopes.row(token), normalized.row(token))
            for channel in slope.indices {
                let centred = slope[channel] - scratch.sum[0, channel] - value[channel] * scratch.projection[0, channel]
                slope[channel] = gain[channel] * scratch.inverse[0, channel] * centred
            }
        }
    }

    /// ln(1 + e^x), x itself above 20, and its derivative.
    @inline(__always)
    private func softplus<S: Scalar>(_ score: S) -> (value: S, derivative: S) {
        let x = Double(score)
        if x > 20 { return (score, 1) }
        return (S(log1p(exp(x))), S(1 / (1 + exp(-x))))
    }
}
