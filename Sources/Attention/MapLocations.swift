/// Where the maps of one predictor lie, beside what a blob that knows nothing of the sample reaches.
package struct MapLocation: Hashable, Sendable, Codable {
    package var own: LocationFigures
    /// Of the predictor's mean map over the same samples, held against each object.
    package var meanMap: LocationFigures
    /// Samples whose maps have weight on patches.
    package var samples: Int
}

/// How much of the object the predictors of one probe attend to together, means over samples.
package struct ObjectCoverage: Hashable, Sendable, Codable {
    /// The share of the object's area in tokens to which some predictor gives more than the uniform weight.
    package var covered: Double
    /// The share of all tokens that are such: what a union of this size covers of an object that it knows nothing of.
    package var union: Double
    package var excess: Double { covered - union }
}

/// Sums of one probe's maps against objects, sample by sample, so that neither maps nor objects have to be kept.
///
/// Thresholds are chosen by ``choose(_:_:first:)`` on samples of the training fold; the figures are of those that are
/// added.
package struct MapLocations: Sendable {
    private var own: [LocationSums]
    private var uniform = LocationSums()
    private var centre = LocationSums()
    private var means: [PatchMeans]
    private var inner: InnerLocations
    private var blind = BlindMaps()
    private var covered = 0.0
    private var union = 0.0
    package private(set) var samples = 0

    /// - Parameter predictors: M.
    package init(predictors: Int) {
        own = Array(repeating: LocationSums(), count: predictors)
        means = Array(repeating: PatchMeans(), count: predictors)
        inner = InnerLocations(predictors: predictors)
    }

    /// Samples that thresholds are chosen on.
    package var innerSamples: Int { inner.samples }

    /// Adds the maps of a sample that is tested.
    ///
    /// - Parameter first: Tokens before the first patch.
    package mutating func add(_ maps: SampleMaps, _ region: ObjectRegion, first: Int) {
        samples += 1
        var attended = [Bool](repeating: false, count: region.tokens)
        for predictor in own.indices {
            let map = PatchMap(maps, of: predictor, first: first, count: region.tokens)
            own[predictor].add(map, region)
            means[predictor].add(map)
            map?.aboveUniform.forEach { attended[$0] = true }
        }
        blind.take(region)
        uniform.add(blind.uniform, region)
        centre.add(blind.centre, region)
        let tokens = attended.indices.filter { attended[$0] }
        covered += tokens.reduce(0) { $0 + region.shares[$1] } / region.extent
        union += Double(tokens.count) / Double(region.tokens)
    }

    /// Adds the maps of a sample that thresholds are chosen on.
    package mutating func choose(_ maps: SampleMaps, _ region: ObjectRegion, first: Int) {
        inner.add(maps, region, first: first)
    }

    /// Of each predictor; nil where there was no sample, or a predictor has no weight on any patch.
    ///
    /// - Parameters:
    ///   - regions: The objects of the samples that were added: the mean map is known only now.
    ///   - innerRegions: Those of the samples that thresholds are chosen on.
    package func values(
        _ regions: some Sequence<ObjectRegion>, innerRegions: some Sequence<ObjectRegion>
    ) -> [MapLocation]? {
        var (sums, innerSums) = (own.map { _ in LocationSums() }, own.map { _ in LocationSums() })
        let (maps, innerMaps) = (means.map(\.map), inner.means.map(\.map))
        for region in regions {
            for predictor in own.indices { sums[predictor].add(maps[predictor], region) }
        }
        for region in innerRegions {
            for predictor in own.indices { innerSums[predictor].addOverlaps(innerMaps[predictor], region) }
        }
        let located = own.indices.compactMap { predictor -> MapLocation? in
            guard let figures = own[predictor].figures(inner: inner.own[predictor]),
                let ofMean = sums[predictor].figures(inner: innerSums[predictor])
            else { return nil }
            return MapLocation(own: figures, meanMap: ofMean, samples: own[predictor].samples)
        }
        return located.count == own.count ? located : nil
    }

    /// Of the uniform map, and of a normal distribution around the centre.
    package var baselines: (uniform: LocationFigures, centre: LocationFigures)? {
        guard let uniform = uniform.figures(inner: inner.uniform), let centre = centre.figures(inner: inner.centre)
        else { return nil }
        return (uniform, centre)
    }

    /// Nil without samples.
    package var coverage: ObjectCoverage? {
        samples > 0 ? ObjectCoverage(covered: covered / Double(samples), union: union / Double(samples)) : nil
    }
}

/// Sums over the samples that choose thresholds.
private struct InnerLocations: Sendable {
    var own: [LocationSums]
    var uniform = LocationSums()
    var centre = LocationSums()
    var means: [PatchMeans]
    var samples = 0
    private var blind = BlindMaps()

    init(predictors: Int) {
        own = Array(repeating: LocationSums(), count: predictors)
        means = Array(repeating: PatchMeans(), count: predictors)
    }

    mutating func add(_ maps: SampleMaps, _ region: ObjectRegion, first: Int) {
        samples += 1
        for predictor in own.indices {
            let map = PatchMap(maps, of: predictor, first: first, count: region.tokens)
            own[predictor].addOverlaps(map, region)
            means[predictor].add(map)
        }
        blind.take(region)
        uniform.addOverlaps(blind.uniform, region)
        centre.addOverlaps(blind.centre, region)
    }
}

/// Maps that know nothing of a sample, of the grid that was met last: all samples of a feature set have one.
private struct BlindMaps: Sendable {
    private var tokens = 0
    private var columns = 0
    private(set) var uniform: PatchMap?
    private(set) var centre: PatchMap?

    mutating func take(_ region: ObjectRegion) {
        guard (tokens, columns) != (region.tokens, region.columns) else { return }
        (tokens, columns) = (region.tokens, region.columns)
        (uniform, centre) = (.uniform(region), .centre(region))
    }
}

/// The mean of maps over patches.
private struct PatchMeans: Sendable {
    private var sums: [Double] = []

    mutating func add(_ map: PatchMap?) {
        guard let map else { return }
        if sums.isEmpty { sums = Array(repeating: 0, count: map.weights.count) }
        for (token, weight) in map.weights.enumerated() { sums[token] += weight }
    }

    var map: PatchMap? { PatchMap(sums) }
}

extension PatchMap {
    /// Tokens of more than the uniform weight. Weights in single precision differ from it by their rounding.
    fileprivate var aboveUniform: [Int] {
        let least = (1 + 1e-5) / Double(weights.count)
        return weights.indices.filter { weights[$0] > least }
    }
}
