internal import Foundation
internal import Numerics

/// How the predictors of one probe share the work, over samples.
package struct MapOverlap: Hashable, Sendable, Codable {
    /// 1 − the mean cosine of two predictors' maps, over pairs and samples.
    package var dissimilarity: Double
    /// The same after the tokens are permuted within each map: what maps of the same weights give that know nothing of
    /// each other.
    package var permutedDissimilarity: Double
    /// Dissimilarity less the permuted one: above 0 where predictors avoid each other, below where they look at the same
    /// tokens. A low entropy raises both parts alike.
    package var excess: Double { dissimilarity - permutedDissimilarity }
    /// The rank of the maps of all samples, less the uniform one, one predictor a row: singular values above 10⁻⁵ of the
    /// largest; 0 where all maps are uniform.
    package var rank: Int
    /// e^H of the squared singular values' shares: as many equally strong directions have the same entropy.
    package var effectiveRank: Double
}

/// Sums of what the maps of one probe say together, sample by sample.
package struct MapSharing: Sendable {
    private let predictors: Int
    private let seed: UInt64
    private var similarity = 0.0
    private var permutedSimilarity = 0.0
    /// Σ over samples of (A − 1/N)(A − 1/N)ᵀ, `[M, M]`.
    private var products: [Double]
    package private(set) var samples = 0

    /// - Parameters:
    ///   - predictors: M.
    ///   - seed: Of the permutations.
    package init(predictors: Int, seed: UInt64) {
        self.predictors = predictors
        self.seed = seed
        products = Array(repeating: 0, count: predictors * predictors)
    }

    /// - Parameter sample: Numbers the sample; its permutations depend on the number and the seed alone.
    package mutating func add(_ maps: SampleMaps, ofSample sample: Int) {
        samples += 1
        let rows = (0..<predictors).map { maps.map(of: $0) }
        for first in 0..<predictors {
            for second in 0...first {
                products[first * predictors + second] += centredProduct(rows[first], rows[second])
            }
        }
        similarity += Self.meanCosine(rows)
        permutedSimilarity += Self.meanCosine(rows.enumerated().map { permuted($1, predictor: $0, sample) })
    }

    /// Nil where there is no pair of predictors, or no sample.
    package var value: MapOverlap? {
        guard predictors > 1, samples > 0 else { return nil }
        let spectrum = spectrum
        let total = spectrum.reduce(0, +)
        let entropy = spectrum.reduce(0.0) { $1 > 0 ? $0 - $1 / total * log($1 / total) : $0 }
        return MapOverlap(
            dissimilarity: 1 - similarity / Double(samples),
            permutedDissimilarity: 1 - permutedSimilarity / Double(samples), rank: spectrum.count,
            effectiveRank: spectrum.isEmpty ? 0 : exp(entropy))
    }

    private func centredProduct(_ first: [Double], _ second: [Double]) -> Double {
        let mean = 1 / Double(first.count)
        return zip(first, second).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) }
    }

    /// Over all pairs, by ‖Σ_j â_j‖² = M + Σ_{i≠j} cos(a_i, a_j).
    private static func meanCosine(_ maps: [[Double]]) -> Double {
        guard maps.count > 1 else { return 1 }
        var sum = [Double](repeating: 0, count: maps[0].count)
        for map in maps {
            let length = map.reduce(0) { $0 + $1 * $1 }.squareRoot()
            for (token, weight) in map.enumerated() { sum[token] += weight / length }
        }
        let count = Double(maps.count)
        return (sum.reduce(0) { $0 + $1 * $1 } - count) / (count * (count - 1))
    }

    private func permuted(_ map: [Double], predictor: Int, _ sample: Int) -> [Double] {
        let stream = UInt64(sample) * UInt64(predictors) + UInt64(predictor)
        return CounterGenerator(key: seed, stream: stream).permutation(map.count).map { map[$0] }
    }

    /// The squared singular values that count, falling.
    private var spectrum: [Double] {
        let matrix = Matrix<Double>(rows: predictors, columns: predictors)
        for first in 0..<predictors {
            for second in 0...first {
                let product = products[first * predictors + second]
                (matrix[first, second], matrix[second, first]) = (product, product)
            }
        }
        guard let values = SymmetricEigen(matrix)?.values, let largest = values.first else { return [] }
        // A uniform map differs from 1/N by the rounding of single precision.
        guard largest > 1e-12 * Double(samples) else { return [] }
        return values.filter { $0 > 1e-10 * largest }
    }
}
