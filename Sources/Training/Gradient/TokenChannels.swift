import Features
import Numerics
import Probes

/// μ and 1/σ of each channel over the tokens of the rows that a head trains on, σ² = (1/Σ N_b) Σ_b Σ_t (x_bt − μ)²; 1
/// for a channel that is constant but for rounding.
///
/// Computed in double precision in two readings, over blocks of samples whose sums are added in their order: on any
/// number of threads to the same bits. No more than a group of blocks is summed before their sums are added.
struct TokenChannels: Sendable {
    let mean: [Float]
    let scale: [Float]

    private static let block = 64
    private static let blocksOfGroup = 64

    /// Bytes of the sums of a group of blocks.
    static func bytes(width: Int) -> Int { blocksOfGroup * width * MemoryLayout<Double>.size }

    /// - Parameter samples: Of the layer.
    init(of tokens: TokenSelection, in layer: LayerTokens, _ samples: [Int], on threads: ThreadPool) {
        let count = samples.reduce(0) { $0 + FrozenTokens.view(layer, $1, tokens).tokens }
        let reading = BlockReading(layer)
        func average(_ term: @Sendable (Double, Int) -> Double) -> [Double] {
            let blocks = stride(from: 0, to: samples.count, by: Self.block).map {
                samples[$0..<min($0 + Self.block, samples.count)]
            }
            var total = [Double](repeating: 0, count: layer.width)
            for first in stride(from: 0, to: blocks.count, by: Self.blocksOfGroup) {
                let group = blocks[first..<min(first + Self.blocksOfGroup, blocks.count)]
                let sums = SlotArray<[Double]>(count: group.count)
                threads.forEach(group.count) { place in
                    let part = group[first + place]
                    reading.read(part) { sums[place] = Self.sum(of: tokens, in: layer, part, term) }
                }
                for place in 0..<group.count {
                    for (channel, sum) in (sums[place] ?? []).enumerated() { total[channel] += sum }
                }
            }
            return total.map { $0 / Double(max(1, count)) }
        }
        let means = average { value, _ in value }
        let variances = average { value, channel in (value - means[channel]) * (value - means[channel]) }
        mean = means.map(Float.init)
        scale = zip(variances, means).map { variance, mean in
            // The spread of a constant that single precision holds.
            let deviation = variance.squareRoot()
            return deviation > abs(mean) * 0x1p-24 ? Float(1 / deviation) : 1
        }
    }

    private static func sum(
        of tokens: TokenSelection, in layer: LayerTokens, _ samples: ArraySlice<Int>, _ term: (Double, Int) -> Double
    ) -> [Double] {
        var sums = [Double](repeating: 0, count: layer.width)
        for sample in samples {
            let view = FrozenTokens.view(layer, sample, tokens)
            let rows = Matrix<Float>(rows: view.tokens, columns: view.width)
            unpack(view, into: rows.view)
            for token in 0..<rows.rows {
                for (channel, value) in rows.row(token).enumerated() { sums[channel] += term(Double(value), channel) }
            }
        }
        return sums
    }
}

/// The channels of every list of rows that heads with standardised tokens train on.
struct FittedChannels {
    private struct Key: Hashable {
        let rows: ObjectIdentifier
        let tokens: TokenSelection
    }

    private var known: [Key: TokenChannels] = [:]

    /// Nil for a probe that reads tokens as they are.
    ///
    /// - Parameters:
    ///   - samples: The layer's sample of each row of the task.
    ///   - rows: Of the task. Must outlive this value.
    mutating func value(
        for network: ProbeNetwork, in layer: LayerTokens, _ samples: [Int], rows: RowSet, on threads: ThreadPool
    ) -> TokenChannels? {
        guard network.probe.standardisesTokens,
            let tokens = network.probe.reading.tokens
        else { return nil }
        let key = Key(rows: ObjectIdentifier(rows), tokens: tokens)
        if let channels = known[key] { return channels }
        let channels = TokenChannels(of: tokens, in: layer, rows.members.map { samples[$0] }, on: threads)
        known[key] = channels
        return channels
    }
}

extension GradientProbe {
    /// Whether it has buffers for what is fitted of each channel of its tokens.
    var standardisesTokens: Bool { buffers.contains { $0.name == FittedTokens.scale } }
}

extension HeadParameters {
    /// Takes what was fitted of the tokens that the head trains on.
    func standardise(by channels: TokenChannels) {
        for (index, tensor) in network.buffers.tensors.enumerated() {
            if tensor.name == FittedTokens.mean { _ = buffers[index].update(fromContentsOf: channels.mean) }
            if tensor.name == FittedTokens.scale { _ = buffers[index].update(fromContentsOf: channels.scale) }
        }
    }

    /// α of each level that the head mixes, in their order; nil for a head that mixes none.
    var mixingWeights: [Double]? {
        network.parameters.tensors.firstIndex { $0.name == LevelMix.tensor }.map { index in
            MixingWeights.of(parameters[index]).map(Double.init)
        }
    }
}
