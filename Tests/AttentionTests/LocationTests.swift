import Numerics
import TestKit
import Testing

@testable import Attention

/// A grid of 6 × 6 patches whose object covers the patches of some rows and columns wholly.
private func object(rows: ClosedRange<Int>, columns: ClosedRange<Int>) -> ObjectRegion {
    let shares = (0..<36).map { rows.contains($0 / 6) && columns.contains($0 % 6) ? 1.0 : 0 }
    func edges(_ range: ClosedRange<Int>) -> ClosedRange<Double> {
        Double(range.lowerBound) / 6...Double(range.upperBound + 1) / 6
    }
    return ObjectRegion(shares: shares, columns: 6, box: ObjectRegion.Box(x: edges(columns), y: edges(rows)))
}

/// Objects of 1 to 3 patches a side at drawn places.
private func drawnObject(_ sample: Int) -> ObjectRegion {
    let draws = CounterGenerator(key: 17, stream: UInt64(sample))
    func draw(_ place: UInt64, _ count: Int) -> Int { Int(draws.bits(at: place) % UInt64(count)) }
    let (height, width) = (draw(0, 3) + 1, draw(1, 3) + 1)
    let (top, left) = (draw(2, 7 - height), draw(3, 7 - width))
    return object(rows: top...top + height - 1, columns: left...left + width - 1)
}

/// All weight on the object, evenly, behind a class token that has a share of its own.
private func planted(_ region: ObjectRegion, onClassToken share: Double = 0.2) -> SampleMaps {
    SampleMaps(weights: [Float(share)] + region.shares.map { Float((1 - share) * $0 / region.extent) }, predictors: 1)
}

private func permuted(_ maps: SampleMaps, sample: Int) -> SampleMaps {
    let order = CounterGenerator(key: 23, stream: UInt64(sample)).permutation(36)
    return SampleMaps(weights: [maps.weights[0]] + order.map { maps.weights[1 + $0] }, predictors: 1)
}

/// The figures of one predictor's maps, thresholds chosen on as many other samples.
private func located(
    _ samples: Int, _ maps: (Int, ObjectRegion) -> SampleMaps
) throws -> (location: MapLocation, uniform: LocationFigures, centre: LocationFigures, coverage: ObjectCoverage) {
    var locations = MapLocations(predictors: 1)
    let (regions, inner) = ((0..<samples).map(drawnObject), (samples..<2 * samples).map(drawnObject))
    for (sample, region) in regions.enumerated() { locations.add(maps(sample, region), region, first: 1) }
    for (sample, region) in inner.enumerated() { locations.choose(maps(samples + sample, region), region, first: 1) }
    let values = try #require(locations.values(regions, innerRegions: inner))
    let (baselines, coverage) = (try #require(locations.baselines), try #require(locations.coverage))
    return (values[0], baselines.uniform, baselines.centre, coverage)
}

@Suite("Where maps lie")
struct LocationTests {
    @Test("A predictor that looks at the target's patches has a mass lift of 1 over the area, and points at it always")
    func plantedProbe() throws {
        let region = object(rows: 1...2, columns: 3...5)
        var locations = MapLocations(predictors: 1)
        locations.add(planted(region), region, first: 1)
        locations.choose(planted(region), region, first: 1)
        let own = try #require(locations.values([region], innerRegions: [region]))[0].own
        #expect(abs(own.massLift - 1 / region.area) < 1e-6 && abs(1 / region.area - 6) < 1e-12)
        #expect(own.pointing == 1 && abs(own.averagePrecision - 1) < 1e-12)
        #expect(own.overlap == 1 && own.centroid == 1)
        #expect(locations.coverage?.covered == 1 && abs((locations.coverage?.union ?? 0) - 1.0 / 6) < 1e-12)
    }

    @Test(
        "The uniform map has a mass lift of 1, and reaches the object's share of the area in all else but the centroid")
    func uniformMap() throws {
        let even = SampleMaps(weights: Array(repeating: 1 / 37, count: 37), predictors: 1)
        let found = try located(40) { _, _ in even }
        let area = (0..<40).map { drawnObject($0).area }.reduce(0, +) / 40
        for figures in [found.location.own, found.location.meanMap, found.uniform] {
            #expect(abs(figures.massLift - 1) < 1e-9)
            #expect(abs(figures.pointing - area) < 1e-9 && abs(figures.averagePrecision - area) < 1e-9)
            #expect(abs((figures.overlap ?? 0) - area) < 1e-9)
            #expect(figures.centroid == found.uniform.centroid)
        }
        #expect(found.coverage.covered == 0 && found.coverage.union == 0)
    }

    @Test(
        "Maps that follow the objects are above all that know nothing of the sample; their tokens permuted, they are not"
    )
    func permutedTokens() throws {
        let samples = 3000
        let following = try located(samples) { _, region in planted(region) }
        for blind in [following.uniform, following.centre, following.location.meanMap] {
            #expect(following.location.own.massLift > blind.massLift + 3)
            #expect(following.location.own.pointing > blind.pointing + 0.5)
            #expect((following.location.own.overlap ?? 0) > (blind.overlap ?? 1) + 0.4)
        }
        let chance = try located(samples) { sample, region in permuted(planted(region), sample: sample) }
        // Five standard errors: a lift has a deviation of about 2, a hit of about 0.4.
        #expect(abs(chance.location.own.massLift - chance.uniform.massLift) < 0.2)
        #expect(abs(chance.location.own.pointing - chance.uniform.pointing) < 0.04)
        #expect(abs(chance.coverage.excess) < 0.03)
    }

    @Test("A blob at the centre is worth no more than the predictor's own mean map, wherever the objects are")
    func centredBlob() throws {
        let region = object(rows: 2...3, columns: 2...3)
        let blob = SampleMaps(weights: [0] + region.shares.map { Float(0.25 * $0) }, predictors: 1)
        let found = try located(300) { _, _ in blob }
        #expect(found.location.own.massLift > 1.3, "objects overlap the centre more often than not")
        #expect(abs(found.location.own.massLift - found.location.meanMap.massLift) < 1e-9)
        #expect(found.location.own.pointing == found.location.meanMap.pointing)
        #expect(found.location.own.overlap == found.location.meanMap.overlap)
    }

    @Test("Tokens that have no place are left out, and a map that has all its weight on them is not counted")
    func placeless() throws {
        let region = object(rows: 0...0, columns: 0...2)
        let nowhere = SampleMaps(weights: [1] + Array(repeating: 0, count: 36), predictors: 1)
        var locations = MapLocations(predictors: 1)
        locations.add(planted(region, onClassToken: 0.99), region, first: 1)
        locations.add(nowhere, region, first: 1)
        let value = try #require(locations.values([region, region], innerRegions: []))[0]
        #expect(value.samples == 1 && abs(value.own.massLift - 12) < 1e-4)
        #expect(value.own.overlap == nil, "no sample to choose a threshold by")
        var empty = MapLocations(predictors: 1)
        empty.add(nowhere, region, first: 1)
        #expect(empty.values([region], innerRegions: []) == nil)
    }

    @Test("The threshold is chosen on other samples, and not where it would be best on those that are tested")
    func threshold() throws {
        // A strong ring around a weak object: a low threshold takes both, a high one the ring alone.
        let (small, large) = (object(rows: 0...0, columns: 0...0), object(rows: 0...0, columns: 0...3))
        let weights: [Float] = [0, 0.7, 0.1, 0.1, 0.1] + Array(repeating: 0, count: 32)
        let maps = SampleMaps(weights: weights, predictors: 1)
        var locations = MapLocations(predictors: 1)
        locations.add(maps, small, first: 1)
        for _ in 0..<3 { locations.choose(maps, large, first: 1) }
        let own = try #require(locations.values([small], innerRegions: [large, large, large]))[0].own
        #expect(own.threshold == 0.05 && abs((own.overlap ?? 0) - 0.25) < 1e-12)
    }

    @Test("Tokens that the object covers in part count by that part")
    func fractions() throws {
        let region = ObjectRegion(shares: [0.5, 0.5, 0, 0], columns: 2, box: nil)
        let map = try #require(PatchMap([0.6, 0.2, 0.2, 0]))
        #expect(abs(map.massLift(region) - 0.4 / 0.25) < 1e-12 && map.pointing(region) == 0.5)
        // Half of the object at precision 1/2, the other half with two tokens of equal weight at 1/3.
        #expect(abs(map.averagePrecision(region) - (0.5 * 0.5 + 0.5 / 3)) < 1e-12)
        let overlaps = map.overlaps(region, thresholds: [0.2, 0.5, 1])
        #expect(zip(overlaps, [1.0 / 3, 0.5 / 1.5, 0.5 / 1.5]).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(map.centroidHit(region) == nil)
    }

    @Test("Predictors cover together what none covers alone")
    func coverage() throws {
        let region = object(rows: 0...0, columns: 0...1)
        let weights = (0..<36).flatMap { token -> [Float] in [token == 0 ? 1 : 0, token == 1 ? 1 : 0] }
        var locations = MapLocations(predictors: 2)
        locations.add(SampleMaps(weights: weights, predictors: 2), region, first: 0)
        #expect(locations.coverage == ObjectCoverage(covered: 1, union: 1.0 / 18))
    }

    @Test("Coverage is summed in the order of tokens")
    func orderOfCoverage() throws {
        // Shares of which every order of summation rounds in its own way.
        let shares = (0..<200).map { 1 / Double(3 + $0) }
        let region = ObjectRegion(shares: shares, columns: 20, box: nil)
        let maps = SampleMaps(weights: (0..<200).map { $0.isMultiple(of: 3) ? 0 : 1 }, predictors: 1)
        var locations = MapLocations(predictors: 1)
        locations.add(maps, region, first: 0)
        let covered = shares.enumerated().reduce(0) { $0 + ($1.offset.isMultiple(of: 3) ? 0 : $1.element) }
        #expect(locations.coverage?.covered == covered / region.extent)
    }

    @Test("Where every method's maps lie is what PyTorch says of them", arguments: AttentionFixture.names)
    func pyTorch(_ name: String) throws {
        let fixture = try #require(try AttentionFixture.read()[name])
        let objects = AttentionFixture.objects.map { object in
            ObjectRegion(
                shares: object.shares, columns: 2,
                box: ObjectRegion.Box(x: object.box[0]...object.box[2], y: object.box[1]...object.box[3]))
        }
        for (predictor, golden) in fixture.location.enumerated() {
            var sums = LocationSums()
            for (sample, object) in objects.enumerated() {
                sums.add(PatchMap(Array(fixture.maps[sample][predictor].prefix(object.tokens))), object)
            }
            let found = try #require(sums.figures(inner: sums))
            let figures = [
                (found.massLift, golden.massLift), (found.pointing, golden.pointing),
                (found.averagePrecision, golden.averagePrecision), (found.overlap ?? -1, golden.overlap),
                (found.threshold ?? -1, golden.threshold), (found.centroid ?? -1, golden.centroid),
            ]
            for (own, expected) in figures { #expect(abs(own - expected) < 1e-9, "predictor \(predictor)") }
        }
    }
}
