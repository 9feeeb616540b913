internal import Foundation

/// A map over the patch tokens alone, `[T]`, which sums to 1: tokens without a place are left out.
struct PatchMap: Sendable {
    let weights: [Double]
    /// Tokens by weight, the heaviest first; of equal ones the first.
    let ranking: [Int]

    /// - Parameter weights: Not negative.
    /// - Returns: Nil where no patch has any weight.
    init?(_ weights: [Double]) {
        let total = weights.reduce(0, +)
        guard total > 0 else { return nil }
        let shares = weights.map { $0 / total }
        self.weights = shares
        ranking = shares.indices.sorted { shares[$0] != shares[$1] ? shares[$0] > shares[$1] : $0 < $1 }
    }

    /// The patches among the tokens that a predictor attends to.
    ///
    /// - Parameter first: Tokens before the first patch: the class token and registers.
    init?(_ maps: SampleMaps, of predictor: Int, first: Int, count: Int) {
        self.init(Array(maps.map(of: predictor)[first..<first + count]))
    }

    /// - Parameter region: On the grid that the map is of.
    static func uniform(_ region: ObjectRegion) -> PatchMap? {
        PatchMap(Array(repeating: 1, count: region.tokens))
    }

    /// A normal distribution around the centre of the picture, with a deviation of a quarter of its side.
    static func centre(_ region: ObjectRegion) -> PatchMap? {
        let deviation = 0.25
        return PatchMap(
            (0..<region.tokens).map { token in
                let place = place(of: token, region)
                let distance = (place.x - 0.5) * (place.x - 0.5) + (place.y - 0.5) * (place.y - 0.5)
                return exp(-distance / (2 * deviation * deviation))
            })
    }

    /// The middle of a patch, as shares of width and height.
    private static func place(of token: Int, _ region: ObjectRegion) -> (x: Double, y: Double) {
        let (row, column) = token.quotientAndRemainder(dividingBy: region.columns)
        let rows = region.tokens / region.columns
        return ((Double(column) + 0.5) / Double(region.columns), (Double(row) + 0.5) / Double(rows))
    }
}

extension PatchMap {
    /// Σ_t a_t f_t over the object's share of the area: 1 for the uniform map, 1/area where all weight lies inside.
    func massLift(_ region: ObjectRegion) -> Double {
        zip(weights, region.shares).reduce(0) { $0 + $1.0 * $1.1 } / region.area
    }

    /// Whether the token of most weight lies on the object: f of that token, the mean over those of equal weight.
    func pointing(_ region: ObjectRegion) -> Double {
        let most = ranking.prefix { weights[$0] == greatest }
        return most.reduce(0) { $0 + region.shares[$1] } / Double(most.count)
    }

    private var greatest: Double { weights[ranking[0]] }

    /// Average precision of the weights as scores of tokens, each of which is f_t positive and 1 − f_t negative; tokens
    /// of equal weight are taken together, so that the uniform map has the object's share of the area.
    func averagePrecision(_ region: ObjectRegion) -> Double {
        var (sum, inside, place) = (0.0, 0.0, 0)
        while place < ranking.count {
            let weight = weights[ranking[place]]
            var gained = 0.0
            while place < ranking.count, weights[ranking[place]] == weight {
                gained += region.shares[ranking[place]]
                place += 1
            }
            inside += gained
            sum += gained * inside / Double(place)
        }
        return sum / region.extent
    }

    /// For each threshold the intersection over union of the object and the tokens that have at least that share of the
    /// largest weight.
    ///
    /// - Parameter thresholds: Increasing.
    func overlaps(_ region: ObjectRegion, thresholds: [Double]) -> [Double] {
        var (overlaps, inside, place) = ([Double](repeating: 0, count: thresholds.count), 0.0, 0)
        for (index, threshold) in thresholds.enumerated().reversed() {
            while place < ranking.count, weights[ranking[place]] >= threshold * greatest {
                inside += region.shares[ranking[place]]
                place += 1
            }
            overlaps[index] = inside / (Double(place) + region.extent - inside)
        }
        return overlaps
    }

    /// Whether the mean place by weight lies in the box; nil without a single box.
    func centroidHit(_ region: ObjectRegion) -> Double? {
        region.box.map { box in
            var point = (x: 0.0, y: 0.0)
            for (token, weight) in weights.enumerated() {
                let place = Self.place(of: token, region)
                point = (point.x + weight * place.x, point.y + weight * place.y)
            }
            return box.contains(point) ? 1 : 0
        }
    }
}
