import Features
import Numerics
import Probes

extension TokenSource {
    /// The layer that has these tokens, each of them computed once.
    ///
    /// - Parameters:
    ///   - own: The unit's layer.
    ///   - index: Its index.
    ///   - others: Further layers by their indices.
    /// - Throws: `TrainingError` for a level that is missing or does not fit the layer token by token, and where there is
    ///   no temporary space.
    func layer(
        of own: LayerTokens, at index: Int, _ others: [Int: LayerTokens], on threads: ThreadPool
    ) throws(TrainingError) -> LayerTokens {
        let computation = try computation(of: own, at: index, others)
        _ = computation.compute(on: threads)
        return computation.layer
    }

    /// The same before it is computed, with room for every token.
    func computation(
        of own: LayerTokens, at index: Int, _ others: [Int: LayerTokens]
    ) throws(TrainingError) -> TokenComputation {
        try TokenComputation(of: own, levels(of: own, at: index, others), scaling)
    }

    private func levels(
        of own: LayerTokens, at index: Int, _ others: [Int: LayerTokens]
    ) throws(TrainingError) -> [LayerTokens] {
        var levels: [LayerTokens] = []
        for wanted in self.levels ?? [index] {
            guard let level = wanted == index ? own : others[wanted], level.fits(own) else {
                throw TrainingError(
                    field: "probe.options.mix",
                    problem: "level \(wanted) is missing, or has other tokens than level \(index)",
                    remedy: "mix levels of one feature set with the same width and the same tokens of every sample")
            }
            levels.append(level)
        }
        return levels
    }
}

extension LayerTokens {
    /// The first stored token of each sample, and behind the last one's.
    var starts: [Int] {
        (0..<samples).reduce(into: [0]) { $0.append($0[$0.count - 1] + allTokens($1).tokens) }
    }

    /// Whether both have the same tokens of the same samples.
    fileprivate func fits(_ other: LayerTokens) -> Bool {
        samples == other.samples && width == other.width && prefix == other.prefix
            && hasClassToken == other.hasClassToken
            && (0..<samples).allSatisfy { allTokens($0).tokens == other.allTokens($0).tokens }
    }
}

extension TokenScaling {
    /// Normalises each row by itself, in place.
    func apply(to tokens: MatrixView<Float>) {
        switch self {
        case .none: break
        case .unitLength: for row in 0..<tokens.rows { Self.scaleToUnitLength(tokens.row(row)) }
        case .layerNorm: for row in 0..<tokens.rows { Self.normalise(tokens.row(row)) }
        }
    }

    private static func scaleToUnitLength(_ token: UnsafeMutableBufferPointer<Float>) {
        let length = token.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard !(length <= 0) else { return }
        for channel in token.indices { token[channel] = Float(Double(token[channel]) / length) }
    }

    private static func normalise(_ token: UnsafeMutableBufferPointer<Float>) {
        let count = Double(max(1, token.count))
        let mean = token.reduce(0) { $0 + Double($1) } / count
        let variance = token.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
        let factor = 1 / (variance + epsilon).squareRoot()
        for channel in token.indices { token[channel] = Float((Double(token[channel]) - mean) * factor) }
    }
}
