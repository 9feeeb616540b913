import Features
import Foundation
import Numerics
import Testing

@Suite struct SyntheticFeaturesTests {
    private func make(
        in folder: TemporaryFolder, _ name: String = "set", threads: Int = 1,
        _ change: (inout SyntheticFeatures) -> Void = { _ in }
    ) throws -> FeatureSet {
        var features = SyntheticFeatures(samples: 40, tokens: 8, width: 64, classes: 4)
        features.seed = 3
        change(&features)
        return try features.write(to: folder.file(name), threads: ThreadPool(threads: threads))
    }

    @Test(
        "A set is valid in every type, with and without class token, with equal and unequal lengths",
        arguments: [ElementType.bfloat16, .float16, .float32], [nil, 2])
    func isSound(type: ElementType, shortest: Int?) throws {
        let folder = try TemporaryFolder()
        let set = try make(in: folder) {
            $0.dtype = type
            $0.shortest = shortest
            $0.classToken = shortest == nil
            $0.layers = 2
            $0.shardSamples = 15
        }
        #expect(set.findings().isEmpty)
        #expect(set.manifest.layers.map(\.tokens) == [8, 8])
        let layer = try set.layer(1)
        let lengths = withExtendedLifetime(layer) { (0..<40).map { layer.patchTokens($0).tokens } }
        #expect(Set(lengths).count == 1 || shortest != nil)
        #expect(lengths.allSatisfy { (shortest ?? 8)...8 ~= $0 })
        #expect(try set.task("class").labels == (0..<40).map { Int32($0 % 4) })
    }

    @Test("Tokens depend on the seed, not on shards or threads")
    func isDeterministic() throws {
        let folder = try TemporaryFolder()
        let one = try make(in: folder, "one")
        let again = try make(in: folder, "again", threads: 3)
        let other = try make(in: folder, "other") { $0.seed = 4 }
        let cut = try make(in: folder, "cut") { $0.shardSamples = 7 }
        #expect(try one.digest(ofLayer: 0) == again.digest(ofLayer: 0))
        #expect(try one.digest(ofLayer: 0) != other.digest(ofLayer: 0))
        for sample in [0, 6, 7, 39] { #expect(try mean(one, sample) == mean(cut, sample)) }
    }

    @Test("The planted class is the nearest class mean of held-out samples; without signal it is not")
    func plantsSignal() throws {
        let folder = try TemporaryFolder()
        #expect(try nearestMeanAccuracy(make(in: folder, "with") { $0.signal = 1 }) > 0.9)
        #expect(try nearestMeanAccuracy(make(in: folder, "without") { $0.signal = 0 }) < 0.6)
    }

    @Test("Invalid settings are rejected by name")
    func refuses() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: FeatureError.self) { try make(in: folder) { $0.classes = 1 } }
        #expect(error?.field == "classes")
    }

    private func mean(_ set: FeatureSet, _ sample: Int) throws -> [Float] {
        let layer = try set.layer(0)
        var result = [Float](repeating: 0, count: layer.width)
        withExtendedLifetime(layer) { meanToken(layer.patchTokens(sample), into: &result) }
        return result
    }

    /// Class means of the first 20 samples, tried on the others.
    private func nearestMeanAccuracy(_ set: FeatureSet) throws -> Double {
        let samples = try (0..<40).map { try mean(set, $0) }
        var means = [[Float]](repeating: [Float](repeating: 0, count: 64), count: 4)
        for sample in 0..<20 { for column in 0..<64 { means[sample % 4][column] += samples[sample][column] / 5 } }
        let right = (20..<40).count { sample in
            let distances: [Float] = means.map { distance($0, samples[sample]) }
            return distances.firstIndex(of: distances.min() ?? 0) == sample % 4
        }
        return Double(right) / 20
    }

    private func distance(_ first: [Float], _ second: [Float]) -> Float {
        var sum: Float = 0
        for (a, b) in zip(first, second) { sum += (a - b) * (a - b) }
        return sum
    }
}
