import Foundation
import Numerics
import Testing

@testable import Attention

/// Maps of one sample, one predictor a row.
private func maps(_ rows: [[Float]]) -> SampleMaps {
    SampleMaps(
        weights: rows[0].indices.flatMap { token in rows.map { $0[token] } }, predictors: rows.count)
}

private func uniform(_ tokens: Int) -> [Float] { Array(repeating: 1 / Float(tokens), count: tokens) }

private func peak(at token: Int, of tokens: Int) -> [Float] { (0..<tokens).map { $0 == token ? 1 : 0 } }

/// A map with weights that fall steeply, in an order that is drawn.
private func drawn(_ tokens: Int, stream: UInt64) -> [Float] {
    let order = CounterGenerator(key: 5, stream: stream).permutation(tokens)
    let weights = order.map { exp(-Float($0) / 4) }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
}

@Suite("How concentrated maps are")
struct MapQualityTests {
    @Test("The uniform map has an entropy of 1 and as many effective tokens as there are; one token has 0 and 1")
    func ends() {
        var qualities = MapQualities(predictors: 2)
        for _ in 0..<3 { qualities.add(maps([uniform(7), peak(at: 2, of: 7)])) }
        let values = qualities.values
        #expect(abs(values[0].entropy - 1) < 1e-6 && abs(values[0].effectiveTokens - 7) < 1e-5)
        #expect(values[1].entropy == 0 && values[1].effectiveTokens == 1)
        #expect(values[0].highNormMass == nil && qualities.highNormShare == nil)
    }

    @Test("Two tokens of equal weight among eight count as two, a third of the largest entropy")
    func between() {
        var qualities = MapQualities(predictors: 1)
        qualities.add(maps([[0.5, 0, 0, 0.5, 0, 0, 0, 0]]))
        #expect(abs(qualities.values[0].entropy - 1.0 / 3) < 1e-12)
        #expect(abs(qualities.values[0].effectiveTokens - 2) < 1e-12)
    }

    @Test("Mass on tokens of more than twice the median norm is told from their share of the tokens")
    func highNorms() {
        var qualities = MapQualities(predictors: 2)
        qualities.add(maps([uniform(4), [0.1, 0.7, 0.1, 0.1]]), norms: [1, 9, 1.2, 1.1])
        #expect(qualities.highNormShare == 0.25)
        #expect(abs((qualities.values[0].highNormMass ?? 0) - 0.25) < 1e-6)
        #expect(abs((qualities.values[1].highNormMass ?? 0) - 0.7) < 1e-6)
    }

    @Test("Without samples there is nothing to say")
    func empty() {
        #expect(MapQualities(predictors: 3).values.isEmpty)
        #expect(MapSharing(predictors: 3, seed: 0).value == nil)
        #expect(MeanMap().weights == nil)
    }
}

@Suite("How predictors share the work")
struct MapSharingTests {
    @Test("Uniform maps are alike, have no excess and the rank 0")
    func uniformMaps() throws {
        var sharing = MapSharing(predictors: 4, seed: 1)
        for sample in 0..<5 { sharing.add(maps(Array(repeating: uniform(6), count: 4)), ofSample: sample) }
        let value = try #require(sharing.value)
        #expect(abs(value.dissimilarity) < 1e-12 && abs(value.excess) < 1e-12)
        #expect(value.rank == 0 && value.effectiveRank == 0)
    }

    @Test("Maps on disjoint tokens are wholly unlike, and more so than after their tokens are permuted")
    func disjoint() throws {
        var sharing = MapSharing(predictors: 3, seed: 1)
        for sample in 0..<200 { sharing.add(maps((0..<3).map { peak(at: $0, of: 6) }), ofSample: sample) }
        let value = try #require(sharing.value)
        #expect(value.dissimilarity == 1)
        // A sixth of permuted pairs meet: 600 pairs, so that five standard errors are 0.08.
        #expect(abs(value.excess - 1.0 / 6) < 0.08)
        // Less the uniform map each, the three peaks are independent, unless there were no tokens beside theirs.
        #expect(value.rank == 3)
    }

    @Test("Twins have the rank of one, and fall short of permuted maps")
    func twins() throws {
        var sharing = MapSharing(predictors: 2, seed: 1)
        for sample in 0..<50 {
            let map = drawn(16, stream: UInt64(sample))
            sharing.add(maps([map, map]), ofSample: sample)
        }
        let value = try #require(sharing.value)
        #expect(abs(value.dissimilarity) < 1e-6 && value.excess < -0.2)
        #expect(value.rank == 1 && abs(value.effectiveRank - 1) < 1e-9)
    }

    @Test("Maps whose tokens are permuted already have no excess", arguments: [UInt64(1), 2, 3])
    func permuted(seed: UInt64) throws {
        var sharing = MapSharing(predictors: 4, seed: seed)
        for sample in 0..<2000 {
            sharing.add(maps((0..<4).map { drawn(16, stream: UInt64(10 * sample + $0)) }), ofSample: sample)
        }
        let value = try #require(sharing.value)
        // 12,000 pairs a side, whose cosines spread by 0.2: a standard error of the difference of 0.003.
        #expect(abs(value.excess) < 0.013, "\(value.excess)")
    }

    @Test("Permutations depend on sample and seed alone, not on the order in which samples come")
    func order() throws {
        let samples = (0..<10).map { sample in maps((0..<3).map { drawn(9, stream: UInt64(3 * sample + $0)) }) }
        var (forward, backward) = (MapSharing(predictors: 3, seed: 4), MapSharing(predictors: 3, seed: 4))
        for sample in 0..<10 { forward.add(samples[sample], ofSample: sample) }
        for sample in (0..<10).reversed() { backward.add(samples[sample], ofSample: sample) }
        let (first, second) = (try #require(forward.value), try #require(backward.value))
        #expect(abs(first.permutedDissimilarity - second.permutedDissimilarity) < 1e-12)
    }

    @Test("A probe with one predictor shares nothing")
    func single() {
        var sharing = MapSharing(predictors: 1, seed: 0)
        sharing.add(maps([uniform(4)]), ofSample: 0)
        #expect(sharing.value == nil)
    }
}

@Suite("The mean map")
struct MeanMapTests {
    @Test("It is the mean over samples, predictor by predictor")
    func mean() {
        var mean = MeanMap()
        mean.add(maps([[1, 0], [0.5, 0.5]]))
        mean.add(maps([[0, 1], [0.5, 0.5]]))
        #expect(mean.weights == [0.5, 0.5, 0.5, 0.5])
        mean.add(maps([[1, 0], [0.25, 0.75]]))
        #expect(mean.weights?.count == 4)
    }

    @Test("Samples of unlike length have none")
    func ragged() {
        var mean = MeanMap()
        mean.add(maps([[1, 0]]))
        mean.add(maps([[0.2, 0.3, 0.5]]))
        #expect(mean.weights == nil)
    }
}
