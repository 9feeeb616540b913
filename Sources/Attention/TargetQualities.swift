/// How a predictor's maps lie to a target, on average over samples.
package struct TargetQuality: Hashable, Sendable, Codable {
    /// Σ_t a_t m_t over (1/T) Σ_t m_t, with m_t the share of token t inside: 1 for the uniform map.
    package var massLift: Double
    /// How often the token of the largest weight lies inside, m_t ≥ ½; equal largest weights count by their share.
    package var pointing: Double
}

/// What the predictors of a probe cover together, on average over samples.
package struct UnionCoverage: Hashable, Sendable, Codable {
    /// The share of the target on tokens that some predictor weighs more than the uniform map does.
    package var covered: Double
    /// The share of all tokens that some predictor weighs so: what covers by size alone.
    package var spread: Double
}

/// Sums of how maps lie to boxes or masks, sample by sample.
package struct TargetQualities: Sendable {
    private var lifts: [Double]
    private var hits: [Double]
    private var covered = 0.0
    private var spread = 0.0
    /// Samples with a target; others say nothing and are not counted.
    package private(set) var samples = 0

    /// - Parameter predictors: M.
    package init(predictors: Int) {
        lifts = Array(repeating: 0, count: predictors)
        hits = lifts
    }

    /// - Parameter inside: m, the share of each token's area inside the target, 0 to 1. Extra tokens, which have no
    ///   place, follow these and count as outside.
    package mutating func add(_ maps: SampleMaps, inside: [Double]) {
        precondition(inside.count <= maps.tokens, "\(inside.count) places for \(maps.tokens) tokens")
        let area = inside.reduce(0, +)
        guard area > 0 else { return }
        samples += 1
        var seen = [Bool](repeating: false, count: inside.count)
        // Above the uniform weight by more than what single precision rounds off.
        let uniform = (1 + 1e-5) / Double(maps.tokens)
        for predictor in lifts.indices {
            let map = maps.map(of: predictor)
            let mass = zip(map, inside).reduce(0) { $0 + $1.0 * $1.1 }
            lifts[predictor] += mass * Double(inside.count) / area
            hits[predictor] += Self.hit(map, inside)
            for token in seen.indices where map[token] > uniform { seen[token] = true }
        }
        covered += zip(seen, inside).reduce(0) { $1.0 ? $0 + $1.1 : $0 } / area
        spread += Double(seen.count { $0 }) / Double(seen.count)
    }

    /// Of each predictor; empty where no sample had a target.
    package var values: [TargetQuality] {
        guard samples > 0 else { return [] }
        return lifts.indices.map {
            TargetQuality(massLift: lifts[$0] / Double(samples), pointing: hits[$0] / Double(samples))
        }
    }

    /// Nil where no sample had a target.
    package var union: UnionCoverage? {
        guard samples > 0 else { return nil }
        return UnionCoverage(covered: covered / Double(samples), spread: spread / Double(samples))
    }

    private static func hit(_ map: [Double], _ inside: [Double]) -> Double {
        let largest = map.max() ?? 0
        let peaks = map.indices.filter { map[$0] == largest }
        let hits = peaks.count { $0 < inside.count && inside[$0] >= 0.5 }
        return Double(hits) / Double(max(1, peaks.count))
    }
}
