import Attention
import Features
import Numerics
import Units

/// Holds the maps of a head against objects, as they are read.
struct LocationReading {
    private let regions: SampleRegions
    private var locations: MapLocations
    /// Samples whose object is known.
    private var tested: [Int] = []
    private var inner: [Int] = []

    init(_ regions: SampleRegions, predictors: Int) {
        self.regions = regions
        locations = MapLocations(predictors: predictors)
    }

    /// - Parameter tokens: The sample's own tokens that are attended to, patches last.
    mutating func add(_ maps: SampleMaps, sample: Int, tokens: Int) {
        guard let region = region(sample, tokens: tokens) else { return }
        tested.append(sample)
        locations.add(maps, region, first: tokens - region.tokens)
    }

    /// Chooses thresholds on samples of the training fold, and ends the reading.
    ///
    /// - Returns: Nil where no object of the test fold is known.
    mutating func finish(_ reader: AttentionReader, innerSamples: [Int]) -> UnitLocation? {
        guard !tested.isEmpty else { return nil }
        reader.maps(of: innerSamples) { place, maps, norms in
            guard let region = region(innerSamples[place], tokens: norms.count) else { return }
            inner.append(innerSamples[place])
            locations.choose(maps, region, first: norms.count - region.tokens)
        }
        guard let baselines = locations.baselines, let coverage = locations.coverage,
            let predictors = locations.values(objects(tested), innerRegions: objects(inner))
        else { return nil }
        return UnitLocation(
            regions: regions.digest, samples: locations.samples, innerSamples: locations.innerSamples,
            uniform: baselines.uniform, centre: baselines.centre, coverage: coverage, predictors: predictors)
    }

    /// Made again one after the other, since together they would take T numbers a sample.
    private func objects(_ samples: [Int]) -> some Sequence<ObjectRegion> {
        samples.lazy.compactMap { region($0, tokens: regions.tokens) }
    }

    /// Nil where no object of the sample is known, or it has fewer tokens than the grid.
    private func region(_ sample: Int, tokens: Int) -> ObjectRegion? {
        guard tokens >= regions.tokens, let found = regions.region(ofSample: sample) else { return nil }
        return ObjectRegion(
            shares: found.shares, columns: regions.columns,
            box: found.box.map { ObjectRegion.Box(x: $0.x0...$0.x1, y: $0.y0...$0.y1) })
    }
}

extension ProbeUnit {
    /// Samples of the training fold on which thresholds are chosen: drawn, at most as many as are tested.
    ///
    func thresholdSamples(_ task: FeatureTask, atMost count: Int) throws(TrainingError) -> [Int] {
        let assignment = try FoldRows.assignment(of: task, fold)
        let rows = assignment.trainingRows(heldOut: fold.heldOut)
        let order = CounterGenerator(key: Self.thresholdSeed, stream: 0).permutation(rows.count)
        return order.prefix(count).map { task.samples[rows[$0]] }
    }

    private static let thresholdSeed: UInt64 = 0x7468_7265_7368
}
