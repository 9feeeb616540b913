internal import Foundation

/// How concentrated a predictor's maps are, on average over samples.
package struct MapQuality: Hashable, Sendable, Codable {
    /// −Σ_t a_t ln a_t over ln N: 1 for the uniform map, 0 for one token. 1 where a sample has a single token.
    package var entropy: Double
    /// e^{−Σ_t a_t ln a_t}, the number of equally weighted tokens of the same entropy.
    package var effectiveTokens: Double
    /// Σ a_t over the tokens whose norm is more than twice the median norm of the sample's tokens; nil where norms were
    /// not given.
    package var highNormMass: Double?
}

/// Sums of what one map alone says, sample by sample, so that no map has to be kept.
package struct MapQualities: Sendable {
    private var entropies: [Double]
    private var effective: [Double]
    private var masses: [Double]
    private var share = 0.0
    private var normed = 0
    package private(set) var samples = 0

    /// - Parameter predictors: M.
    package init(predictors: Int) {
        entropies = Array(repeating: 0, count: predictors)
        effective = entropies
        masses = entropies
    }

    /// - Parameter norms: ‖x_t‖ of the sample's own tokens, which come first among those that are attended to.
    package mutating func add(_ maps: SampleMaps, norms: [Float]? = nil) {
        samples += 1
        let high = norms.map(Self.highTokens)
        if let norms, let high {
            normed += 1
            share += Double(high.count) / Double(max(1, norms.count))
        }
        for predictor in entropies.indices {
            let map = maps.map(of: predictor)
            let entropy = Self.entropy(of: map)
            entropies[predictor] += map.count > 1 ? entropy / log(Double(map.count)) : 1
            effective[predictor] += exp(entropy)
            for token in high ?? [] { masses[predictor] += map[token] }
        }
    }

    /// Of each predictor; empty where there was no sample.
    package var values: [MapQuality] {
        guard samples > 0 else { return [] }
        let count = Double(samples)
        return entropies.indices.map { predictor in
            MapQuality(
                entropy: entropies[predictor] / count, effectiveTokens: effective[predictor] / count,
                highNormMass: normed == samples ? masses[predictor] / count : nil)
        }
    }

    /// The share of tokens of unusually high norm: what the uniform map over the sample's own tokens puts on them.
    package var highNormShare: Double? { normed == samples && samples > 0 ? share / Double(samples) : nil }

    private static func entropy(of map: [Double]) -> Double {
        let sum = map.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
        // Weights in single precision sum to 1 but for rounding.
        return min(max(0, sum), log(Double(map.count)))
    }

    /// The tokens whose norm is more than twice the median.
    private static func highTokens(_ norms: [Float]) -> [Int] {
        let sorted = norms.sorted()
        guard !sorted.isEmpty else { return [] }
        let middle = sorted.count / 2
        let median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
        return norms.indices.filter { norms[$0] > 2 * median }
    }
}
