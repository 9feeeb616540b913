/// How well maps localise the object, means over samples; all of patches alone, renormalised.
package struct LocationFigures: Hashable, Sendable, Codable {
    /// Mass inside the object over the object's share of the area.
    package var massLift: Double
    /// How often the token of most weight lies on the object.
    package var pointing: Double
    /// Of the weights as scores of the object's tokens.
    package var averagePrecision: Double
    /// Intersection over union at the threshold that is best on other samples; nil where there were none.
    package var overlap: Double?
    /// That threshold, as a share of the map's largest weight.
    package var threshold: Double?
    /// How often the map's centroid lies in the box, over samples with a single box; nil where there are none.
    package var centroid: Double?
}

/// Sums of one sequence of maps against objects.
struct LocationSums: Sendable {
    /// Thresholds that are compared, as shares of the largest weight.
    static let thresholds = (1...19).map { Double($0) / 20 }

    private(set) var samples = 0
    private var massLift = 0.0
    private var pointing = 0.0
    private var averagePrecision = 0.0
    private var overlaps = [Double](repeating: 0, count: Self.thresholds.count)
    private var centroids = 0.0
    private var boxed = 0

    /// A map without weight on patches says nothing, and is not counted.
    mutating func add(_ map: PatchMap?, _ region: ObjectRegion) {
        guard let map else { return }
        samples += 1
        massLift += map.massLift(region)
        pointing += map.pointing(region)
        averagePrecision += map.averagePrecision(region)
        addOverlaps(map, region)
        if let hit = map.centroidHit(region) {
            centroids += hit
            boxed += 1
        }
    }

    /// For samples that only choose the threshold.
    mutating func addOverlaps(_ map: PatchMap?, _ region: ObjectRegion) {
        guard let map else { return }
        for (place, overlap) in map.overlaps(region, thresholds: Self.thresholds).enumerated() {
            overlaps[place] += overlap
        }
    }

    /// - Parameter inner: Sums over the samples that choose the threshold; of equal ones the smallest is taken.
    /// - Returns: Nil without samples.
    func figures(inner: LocationSums) -> LocationFigures? {
        guard samples > 0 else { return nil }
        let count = Double(samples)
        let best = inner.overlaps.max() ?? 0
        let chosen = best > 0 ? inner.overlaps.firstIndex(of: best) : nil
        return LocationFigures(
            massLift: massLift / count, pointing: pointing / count, averagePrecision: averagePrecision / count,
            overlap: chosen.map { overlaps[$0] / count }, threshold: chosen.map { Self.thresholds[$0] },
            centroid: boxed > 0 ? centroids / Double(boxed) : nil)
    }
}
