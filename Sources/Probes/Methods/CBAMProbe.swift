package import Numerics

/// CBAM: channels gated by mean and maximum over the token grid, then positions gated by a convolution, then the mean.
///
/// s = σ(W_2 relu(W_1 avg) + W_2 relu(W_1 max)) over tokens, W_1 `[r, D]`, r = max(1, ⌊D/16 + ½⌋), no biases; u_t = x_t
/// ⊙ s; m = conv7×7([mean_c u; max_c u]) on the √T × √T grid, zero padding; g = σ(BN(m)), one channel, affine, ε =
/// 1e-5, over all places of the candidate's batch (in evaluation by running statistics, momentum 0.1); y = mean_t
/// relu(x_t + u_t g_t).
///
/// Since s, g ∈ (0, 1), relu(x (1 + s g)) = relu(x)(1 + s g): y = mean_t relu(x_t) + s ⊙ w with w = Σ_t g_t
/// relu(x_t)/T. Backward: s' = y' ⊙ w and what comes by both maps (by the mean Σ_t mean'_t x_t/D, by the maximum max'_t
/// x_tc at its own channel c); g'_t = Σ_c y'_c s_c relu(x_tc)/T; then σ, batch norm over the places, and the
/// convolution.
///
/// Parameters: 2·D·r + 100, and the head's D·C + C. MACs in front of the head: literature, which leaves weighted sums
/// out, forward 4·D·r + 98·T, backward 6·D·r + 196·T; executed, forward 4·D·r + 98·T + 2·T·D, backward 5·D·r + 196·T +
/// 2·T·D.
///
/// Source: Woo et al., "CBAM: convolutional block attention module" (ECCV 2018), as a pooling in the code of the
/// efficient-probing paper.
package struct CBAMProbe: GradientProbe {
    package static let name = "cbam"
    package static let summary = "CBAM: channels, then places of a square token grid, are gated and averaged"
    package static let options = [TokenSelection.laterOption, TokenPreparation.option]

    package let shape: ProbeShape
    package let reading = ProbeReading.tokens(.patch)
    package var outputWidth: Int { shape.width }
    /// √T.
    let side: Int

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        self.shape = shape
        side = Int(Double(shape.tokens.upperBound).squareRoot().rounded())
        try Self.check(reading, fits: shape)
        guard TokenSelection(options) == .patch else {
            throw ProbeError(
                probe: Self.name, option: "tokens", problem: "the class token is not on the grid of patches",
                remedy: "read patch tokens")
        }
        try Self.checkEqualLengths(shape, because: "it convolves their grid")
        guard side * side == shape.tokens.upperBound else {
            throw ProbeError(
                probe: Self.name, problem: "\(shape.tokens.upperBound) tokens are not a square grid",
                remedy: "use a probe that does not need a grid")
        }
    }

    private static let epsilon = 1e-5
    private static let momentum = 0.1
    private static let kernel = 7
    private static let squeeze = 0
    private static let expand = 1
    private static let convolution = 2
    private static let gamma = 3
    private static let beta = 4

    /// r.
    private var reduced: Int { max(1, (shape.width + 8) / 16) }
    /// T.
    private var places: Int { side * side }
    private var grid: GridConvolution { GridConvolution(side: side, channels: 2, kernel: Self.kernel) }

    package var tensors: [TensorSpecification] {
        let (D, K) = (shape.width, Self.kernel)
        return [
            TensorSpecification("channel.squeeze.weight", shape: [reduced, D], .defaultLinear(inputs: D)),
            TensorSpecification("channel.expand.weight", shape: [D, reduced], .defaultLinear(inputs: reduced)),
            TensorSpecification("place.convolution.weight", shape: [1, 2, K, K], .defaultLinear(inputs: 2 * K * K)),
            TensorSpecification("place.norm.weight", shape: [1], .constant(1)),
            TensorSpecification("place.norm.bias", shape: [1], .constant(0)),
        ]
    }

    package var buffers: [TensorSpecification] {
        [
            TensorSpecification("place.norm.running_mean", shape: [1], .constant(0)),
            TensorSpecification("place.norm.running_var", shape: [1], .constant(1)),
        ]
    }

    package var referencePooling: MultiplyAccumulates {
        let channel = shape.width * reduced
        return MultiplyAccumulates(forward: 4 * channel + 98 * places, backward: 6 * channel + 196 * places)
    }

    package var executedPooling: MultiplyAccumulates {
        let (channel, sums) = (shape.width * reduced, 2 * places * shape.width)
        return MultiplyAccumulates(
            forward: 4 * channel + 98 * places + sums, backward: 5 * channel + 196 * places + sums)
    }

    private struct Saved<S: Scalar> {
        /// Mean and maximum, s, w, and s': `[n, D]`.
        let average, maximum, gate, weighted, slope: MatrixView<S>
        /// W_1 avg, W_1 max and scratch: `[n, r]`.
        let averageHidden, maximumHidden, active: MatrixView<S>
        /// mean_c u and max_c u `[n, 2·T]`, the channel of the maximum, m (normalised), g, and m': `[n, T]`.
        let maps, channel, map, placeGate, mapSlope: MatrixView<S>

        init(_ parts: [MatrixView<S>]) {
            (average, maximum, gate, weighted, slope) = (parts[0], parts[1], parts[2], parts[3], parts[4])
            (averageHidden, maximumHidden, active) = (parts[5], parts[6], parts[7])
            (maps, channel, map, placeGate, mapSlope) = (parts[8], parts[9], parts[10], parts[11], parts[12])
        }
    }

    private var savedWidths: [Int] {
        let (D, r, T) = (shape.width, reduced, places)
        return [D, D, D, D, D, r, r, r, 2 * T, T, T, T, T]
    }

    package var savedWidth: Int { savedWidths.reduce(0, +) }
    /// One sample's tokens, the gradients of its maps, and 1/σ.
    private var scratchWidths: [Int] { [places * shape.width, 2 * places, 1] }
    package var scratchWidth: Int { scratchWidths.reduce(0, +) }

    private func saved<S>(_ activations: ProbeActivations<S>) -> Saved<S> {
        Saved(activations.saved.split(savedWidths))
    }

    private func scratch<S>(
        _ activations: ProbeActivations<S>
    ) -> (tokens: MatrixView<S>, maps: MatrixView<S>, inverse: MatrixView<S>) {
        let parts = activations.scratch.split(scratchWidths)
        return (parts[0].reshaped(places, shape.width), parts[1], parts[2])
    }

    // MARK: Forward

    @specialized(where S == Float)
    package func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath
    ) {
        let (saved, scratch) = (saved(activations), scratch(activations))
        for (sample, view) in activations.inputs.tokens.enumerated() {
            unpack(view, into: scratch.tokens)
            averageRows(of: scratch.tokens, into: saved.average.row(sample))
            let maximum = saved.maximum.row(sample)
            maximum.update(repeating: -S.infinity)
            for token in 0..<places {
                let elements = scratch.tokens.row(token)
                for channel in maximum.indices { maximum[channel] = max(maximum[channel], elements[channel]) }
            }
        }
        gateChannels(saved, parameters, on: path)
        for (sample, view) in activations.inputs.tokens.enumerated() {
            unpack(view, into: scratch.tokens)
            summarise(scratch.tokens, gate: saved.gate.row(sample), saved, sample)
            grid.apply(saved.maps.row(sample), parameters[Self.convolution], into: saved.map.row(sample))
        }
        gatePlaces(activations, saved, parameters, scratch.inverse)
        for (sample, view) in activations.inputs.tokens.enumerated() {
            unpack(view, into: scratch.tokens)
            pool(scratch.tokens, saved, sample, into: activations.output.row(sample))
        }
    }

    @specialized(where S == Float)
    private func gateChannels<S: Scalar>(_ saved: Saved<S>, _ parameters: TensorBlock<S>, on path: KernelPath) {
        let (squeeze, expand) = (parameters.matrix(Self.squeeze), parameters.matrix(Self.expand))
        saved.gate.clear()
        for (rows, hidden) in [(saved.average, saved.averageHidden), (saved.maximum, saved.maximumHidden)] {
            Projection.apply(rows, squeeze, into: hidden, on: path)
            rectify(hidden, into: saved.active)
            multiply(saved.active, expand, transposed: true, into: saved.gate, accumulate: true, on: path)
        }
        for row in 0..<saved.gate.rows {
            let gate = saved.gate.row(row)
            for channel in gate.indices { gate[channel] = logistic(gate[channel]) }
        }
    }

    /// Both maps of one sample.
    @specialized(where S == Float)
    private func summarise<S: Scalar>(
        _ tokens: MatrixView<S>, gate: UnsafeMutableBufferPointer<S>, _ saved: Saved<S>, _ sample: Int
    ) {
        let (maps, channels) = (saved.maps.row(sample), saved.channel.row(sample))
        let inverse = 1 / S(shape.width)
        for token in 0..<places {
            let elements = tokens.row(token)
            var (sum, peak, place): (S, S, Int) = (0, -S.infinity, 0)
            for channel in elements.indices {
                let value = elements[channel] * gate[channel]
                sum += value
                if value > peak { (peak, place) = (value, channel) }
            }
            (maps[token], maps[places + token], channels[token]) = (sum * inverse, peak, S(place))
        }
    }

    /// Normalises the maps over all positions of the batch, or by the running statistics, and computes the gates.
    @specialized(where S == Float)
    private func gatePlaces<S: Scalar>(
        _ activations: ProbeActivations<S>, _ saved: Saved<S>, _ parameters: TensorBlock<S>, _ inverse: MatrixView<S>
    ) {
        let (running, variance) = (activations.buffers[0], activations.buffers[1])
        var (mean, deviation) = (running[0], (variance[0] + S(Self.epsilon)).squareRoot())
        if activations.isTraining {
            let count = S(activations.count * places)
            mean = 0
            for row in 0..<activations.count { for value in saved.map.row(row) { mean += value } }
            mean /= count
            var squares: S = 0
            for row in 0..<activations.count {
                for value in saved.map.row(row) { squares += (value - mean) * (value - mean) }
            }
            running[0] += S(Self.momentum) * (mean - running[0])
            variance[0] += S(Self.momentum) * (squares / max(count - 1, 1) - variance[0])
            deviation = (squares / count + S(Self.epsilon)).squareRoot()
        }
        inverse[0, 0] = 1 / deviation
        let (gain, shift) = (parameters[Self.gamma][0], parameters[Self.beta][0])
        for row in 0..<activations.count {
            let (map, gate) = (saved.map.row(row), saved.placeGate.row(row))
            for place in map.indices {
                map[place] = (map[place] - mean) / deviation
                gate[place] = logistic(gain * map[place] + shift)
            }
        }
    }

    @specialized(where S == Float)
    private func pool<S: Scalar>(
        _ tokens: MatrixView<S>, _ saved: Saved<S>, _ sample: Int, into output: UnsafeMutableBufferPointer<S>
    ) {
        let (gate, weighted, places) = (saved.placeGate.row(sample), saved.weighted.row(sample), S(places))
        output.update(repeating: 0)
        weighted.update(repeating: 0)
        for token in gate.indices {
            let elements = tokens.row(token)
            for channel in elements.indices {
                let value = max(elements[channel], 0)
                output[channel] += value
                weighted[channel] += gate[token] * value
            }
        }
        let channelGate = saved.gate.row(sample)
        for channel in output.indices {
            weighted[channel] /= places
            output[channel] = output[channel] / places + channelGate[channel] * weighted[channel]
        }
    }

    // MARK: Backward

    @specialized(where S == Float)
    package func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath
    ) {
        let (saved, scratch) = (saved(activations), scratch(activations))
        for (sample, view) in activations.inputs.tokens.enumerated() {
            unpack(view, into: scratch.tokens)
            gateGradients(scratch.tokens, outputGradient.row(sample), saved, sample)
        }
        normBackward(saved, parameters, gradients, inverse: scratch.inverse[0, 0])
        gradients[Self.convolution].update(repeating: 0)
        for (sample, view) in activations.inputs.tokens.enumerated() {
            let maps = scratch.maps.row(0)
            grid.backward(
                saved.mapSlope.row(sample), saved.maps.row(sample), parameters[Self.convolution],
                gradient: gradients[Self.convolution], into: maps)
            unpack(view, into: scratch.tokens)
            mapGradients(scratch.tokens, maps, saved, sample)
        }
        channelBackward(saved, parameters, gradients, on: path)
    }

    /// s' without the maps' part, and the gradient before the positions' σ.
    @specialized(where S == Float)
    private func gateGradients<S: Scalar>(
        _ tokens: MatrixView<S>, _ outputSlope: UnsafeMutableBufferPointer<S>, _ saved: Saved<S>, _ sample: Int
    ) {
        let (slope, weighted, gate) = (saved.slope.row(sample), saved.weighted.row(sample), saved.gate.row(sample))
        for channel in slope.indices { slope[channel] = outputSlope[channel] * weighted[channel] }
        // w is no longer needed: y' ⊙ s reuses its memory.
        for channel in slope.indices { weighted[channel] = outputSlope[channel] * gate[channel] }
        let (placeGate, mapSlope) = (saved.placeGate.row(sample), saved.mapSlope.row(sample))
        for token in placeGate.indices {
            let elements = tokens.row(token)
            var sum: S = 0
            for channel in elements.indices { sum += weighted[channel] * max(elements[channel], 0) }
            mapSlope[token] = sum / S(places) * placeGate[token] * (1 - placeGate[token])
        }
    }

    @specialized(where S == Float)
    private func normBackward<S: Scalar>(
        _ saved: Saved<S>, _ parameters: TensorBlock<S>, _ gradients: TensorBlock<S>, inverse: S
    ) {
        var (sum, projection): (S, S) = (0, 0)
        for row in 0..<saved.map.rows {
            let (slope, map) = (saved.mapSlope.row(row), saved.map.row(row))
            for place in slope.indices {
                sum += slope[place]
                projection += slope[place] * map[place]
            }
        }
        (gradients[Self.gamma][0], gradients[Self.beta][0]) = (projection, sum)
        let (count, gain) = (S(saved.map.rows * places), parameters[Self.gamma][0])
        for row in 0..<saved.map.rows {
            let (slope, map) = (saved.mapSlope.row(row), saved.map.row(row))
            for place in slope.indices {
                slope[place] = gain * inverse * (slope[place] - sum / count - map[place] * projection / count)
            }
        }
    }

    /// The part of s' from both maps of one sample.
    @specialized(where S == Float)
    private func mapGradients<S: Scalar>(
        _ tokens: MatrixView<S>, _ maps: UnsafeMutableBufferPointer<S>, _ saved: Saved<S>, _ sample: Int
    ) {
        let (slope, channels, inverse) = (saved.slope.row(sample), saved.channel.row(sample), 1 / S(shape.width))
        for token in 0..<places {
            let (elements, mean) = (tokens.row(token), maps[token] * inverse)
            for channel in elements.indices { slope[channel] += mean * elements[channel] }
            let peak = Int(channels[token])
            slope[peak] += maps[places + token] * elements[peak]
        }
    }

    @specialized(where S == Float)
    private func channelBackward<S: Scalar>(
        _ saved: Saved<S>, _ parameters: TensorBlock<S>, _ gradients: TensorBlock<S>, on path: KernelPath
    ) {
        for row in 0..<saved.slope.rows {
            let (slope, gate) = (saved.slope.row(row), saved.gate.row(row))
            for channel in slope.indices { slope[channel] *= gate[channel] * (1 - gate[channel]) }
        }
        for tensor in [Self.squeeze, Self.expand] { gradients[tensor].update(repeating: 0) }
        for hidden in [saved.averageHidden, saved.maximumHidden] {
            rectify(hidden, into: saved.active)
            multiply(
                saved.slope, transposed: true, saved.active, into: gradients.matrix(Self.expand), accumulate: true,
                on: path)
        }
        multiply(saved.slope, parameters.matrix(Self.expand), into: saved.active, on: path)
        for (rows, hidden) in [(saved.average, saved.averageHidden), (saved.maximum, saved.maximumHidden)] {
            for row in 0..<hidden.rows {
                let (values, slope) = (hidden.row(row), saved.active.row(row))
                for index in values.indices { values[index] = values[index] > 0 ? slope[index] : 0 }
            }
            multiply(
                hidden, transposed: true, rows, into: gradients.matrix(Self.squeeze), accumulate: true, on: path)
        }
    }
}
