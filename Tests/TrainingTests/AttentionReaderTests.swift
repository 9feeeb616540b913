import Attention
import Features
import Foundation
import Numerics
import Probes
import Testing
import Units

@testable import Training

@Suite("Reading a head's attention")
struct AttentionReaderTests {
    /// Every method whose attention can be read, at a shape that fits the synthetic set.
    static func units() throws -> [ProbeUnit] {
        let four = ["heads": OptionValue.integer(4)]
        return [
            try UnitsUnderTest.unit("efficient", ["queries": .integer(4)]),
            try UnitsUnderTest.unit(
                "efficient", ["queries": .integer(3), "output": .text("D/2"), "tokens": .text("all")]),
            try UnitsUnderTest.unit("efficient", ["queries": .integer(4), "prepare": .text("standardise")]),
            try UnitsUnderTest.unit("mhca", four), try UnitsUnderTest.unit("aim", four),
            try UnitsUnderTest.unit("siglip", four), try UnitsUnderTest.unit("simpool"),
            try UnitsUnderTest.unit("coca"), try UnitsUnderTest.unit("cae"), try UnitsUnderTest.unit("vjepa", four),
            try UnitsUnderTest.unit("cait"),
            try UnitsUnderTest.unit("abmilp", ["self-attention": .text("none"), "depth": .integer(1)]),
            try UnitsUnderTest.unit("abmilp", ["self-attention": .text("both"), "depth": .integer(2)]),
            try UnitsUnderTest.unit("abmilp", ["depth": .integer(2), "prepare": .text("layer-norm")]),
            try UnitsUnderTest.unit("esimpool", four),
            try UnitsUnderTest.unit("vjepa2", ["heads": .integer(4), "blocks": .integer(1)]),
            try UnitsUnderTest.unit("vit-block", ["heads": .integer(4), "tokens": .text("all")]),
        ]
    }

    /// Trained heads with their readers.
    private struct Trained {
        let unit: ProbeUnit
        let head: TrainedHead
        let scores: [Float]
        /// Samples of the layer that were tested.
        let samples: [Int]
        let reader: AttentionReader
    }

    private static func reader(
        _ head: TrainedHead, _ unit: ProbeUnit, _ set: SyntheticSet, threads: Int = 1
    ) throws -> AttentionReader {
        try AttentionReader(
            HeadPredictor(
                HeadFile(head, HeadDescription(unit, classNames: nil)), layer: set.layer, threads: threads,
                on: .fromEnvironment()))
    }

    private static func train(_ units: [ProbeUnit], on set: SyntheticSet) throws -> [Trained] {
        let outcomes = try set.train(units, threads: 2)
        return try units.map { unit in
            let trained = try #require(outcomes[unit.key]?.trained)
            let head = try #require(trained.head)
            let task = try set.set.task(unit.task.name)
            return Trained(
                unit: unit, head: head, scores: trained.predictions.scores,
                samples: trained.predictions.rows.map { task.samples[$0] },
                reader: try reader(head, unit, set))
        }
    }

    @Test("gives the scored logits bit for bit, before and after others with replaced maps")
    func untouched() throws {
        let set = try SyntheticSet()
        for trained in try Self.train(Self.units(), on: set) {
            let uniform = AttentionAblation(.uniform, of: Array(0..<trained.reader.predictors))
            let logits = trained.reader.logits(of: trained.samples, under: [.none, uniform, .none])
            #expect(logits[0].map(\.bitPattern) == trained.scores.map(\.bitPattern), "\(trained.unit.probe)")
            #expect(logits[2] == logits[0] && logits[1] != logits[0], "\(trained.unit.probe)")
        }
        withExtendedLifetime(set) {}
    }

    @Test("gives maps that sum to 1, of as many tokens as each sample has, on any number of threads")
    func maps() throws {
        let set = try SyntheticSet()
        for trained in try Self.train(Self.units(), on: set) {
            let parallel = try Self.reader(trained.head, trained.unit, set, threads: 3)
            var (maps, others): ([Int: SampleMaps], [Int: SampleMaps]) = ([:], [:])
            trained.reader.maps(of: trained.samples) { place, map, norms in
                maps[place] = map
                #expect(norms.count <= map.tokens && norms.allSatisfy { $0 > 0 })
            }
            parallel.maps(of: trained.samples) { place, map, _ in others[place] = map }
            #expect(maps == others && maps.count == trained.samples.count, "\(trained.unit.probe)")
            for map in maps.values {
                for predictor in 0..<map.predictors {
                    let weights = map.map(of: predictor)
                    #expect(weights.allSatisfy { $0 >= 0 } && abs(weights.reduce(0, +) - 1) < 1e-5)
                }
            }
        }
        withExtendedLifetime(set) {}
    }

    @Test("of efficient probing equals the softmax of its scores, and its ablations the head computed by hand")
    func byHand() throws {
        let set = try SyntheticSet()
        let trained = try Self.train([try UnitsUnderTest.unit("efficient", ["queries": .integer(4)])], on: set)[0]
        let head = HandMadeHead(trained.head)
        let samples = Array(trained.samples.prefix(12))
        let ablations =
            (0..<4).map { AttentionAblation(.uniform, of: [$0]) }
            + [AttentionAblation(.uniform, of: [0, 2, 3]), AttentionAblation(.uniform, of: [0, 1, 2, 3])]
        let logits = trained.reader.logits(of: samples, under: ablations)
        // Products that round their inputs to bfloat16 are off by 2⁻⁹ of each.
        let tolerance = try Self.roundsProducts ? 0.05 : 1e-4
        trained.reader.maps(of: samples) { place, maps, _ in
            let tokens = Self.tokens(set.layer.patchTokens(samples[place]))
            let own = head.maps(tokens)
            for predictor in 0..<4 {
                for (weight, expected) in zip(maps.map(of: predictor), own[predictor]) {
                    #expect(abs(weight - expected) < 1e-5)
                }
            }
            for (ablation, found) in zip(ablations, logits) {
                var replaced = own
                for predictor in ablation.predictors {
                    replaced[predictor] = replaced[predictor].map { _ in 1 / Double(tokens.count) }
                }
                for (column, expected) in head.logits(tokens, replaced).enumerated() {
                    #expect(abs(Double(found[place * 4 + column]) - expected) < tolerance)
                }
            }
        }
        withExtendedLifetime(set) {}
    }

    @Test("of queries that are zero finds uniform maps, and every ablation to the uniform map changes no bit")
    func uniform() throws {
        let set = try SyntheticSet()
        let units = try [
            UnitsUnderTest.unit("efficient", ["queries": .integer(4)]),
            UnitsUnderTest.unit("efficient", ["queries": .integer(4), "tokens": .text("all")]),
            UnitsUnderTest.unit("mhca", ["heads": .integer(4)]), UnitsUnderTest.unit("aim", ["heads": .integer(4)]),
        ]
        for trained in try Self.train(units, on: set) {
            var head = trained.head
            for index in head.tensors.indices where ["queries", "input", "query"].contains(head.tensors[index].name) {
                head.tensors[index].values = head.tensors[index].values.map { _ in 0 }
            }
            let reader = try Self.reader(head, trained.unit, set)
            reader.maps(of: trained.samples) { _, maps, _ in
                #expect(maps.weights.allSatisfy { abs($0 - 1 / Float(maps.tokens)) < 1e-6 })
            }
            let ablations = (0..<4).map { AttentionAblation(.uniform, of: [$0]) }
            let alone = (0..<4).map { kept in AttentionAblation(.uniform, of: (0..<4).filter { $0 != kept }) }
            let all = AttentionAblation(.uniform, of: [0, 1, 2, 3])
            let logits = reader.logits(of: trained.samples, under: [.none] + ablations + alone + [all])
            #expect(logits.allSatisfy { $0 == logits[0] }, "\(trained.unit.probe)")
        }
        withExtendedLifetime(set) {}
    }

    @Test("leaves the logits where they are when a sample's own map is the mean map")
    func ownMap() throws {
        let set = try SyntheticSet()
        for trained in try Self.train(Self.units(), on: set) {
            let sample = Array(trained.samples.prefix(1))
            var own: [Float] = []
            trained.reader.maps(of: sample) { _, maps, _ in own = maps.weights }
            let all = AttentionAblation(.meanMap, of: Array(0..<trained.reader.predictors))
            let logits = trained.reader.logits(of: sample, under: [.none, all], meanMap: own)
            let scale = max(1, logits[0].map(abs).max() ?? 1)
            let tolerance: Float = try Self.roundsProducts ? 2e-2 : 1e-4
            for (kept, replaced) in zip(logits[0], logits[1]) {
                #expect(abs(kept - replaced) < tolerance * scale, "\(trained.unit.probe)")
            }
        }
        withExtendedLifetime(set) {}
    }

    @Test("takes the map of the other of two samples, which is what its own map gives as the mean map")
    func otherSample() throws {
        let set = try SyntheticSet()
        for trained in try Self.train(Self.units(), on: set) {
            let length = set.layer.patchTokens(trained.samples[0]).tokens
            let pair = Array(trained.samples.filter { set.layer.patchTokens($0).tokens == length }.prefix(2))
            #expect(pair.count == 2)
            var maps: [Int: [Float]] = [:]
            trained.reader.maps(of: pair) { place, map, _ in maps[place] = map.weights }
            let first = AttentionAblation(.otherSample, of: [0])
            let logits = trained.reader.logits(of: pair, under: [first])[0]
            for place in 0..<2 {
                let expected = trained.reader.logits(
                    of: [pair[place]], under: [AttentionAblation(.meanMap, of: [0])], meanMap: maps[1 - place])[0]
                for (found, expected) in zip(logits[place * 4..<place * 4 + 4], expected) {
                    #expect(abs(found - expected) < 1e-4 * max(1, abs(expected)), "\(trained.unit.probe)")
                }
            }
        }
        withExtendedLifetime(set) {}
    }

    @Test("whose queries make chunks of their own: the changes of single ablations add up to that of all")
    func additive() throws {
        let set = try SyntheticSet()
        let units = try Self.units().filter { ["efficient", "mhca", "aim"].contains($0.probe.type) }
        for trained in try Self.train(units, on: set) {
            let all = Array(0..<trained.reader.predictors)
            let ablations = all.map { AttentionAblation(.uniform, of: [$0]) } + [AttentionAblation(.uniform, of: all)]
            let logits = trained.reader.logits(of: trained.samples, under: [.none] + ablations)
            let tolerance: Float = try Self.roundsProducts ? 0.05 : 1e-3
            for index in logits[0].indices {
                let sum = logits[1..<1 + all.count].reduce(logits[0][index]) { $0 + $1[index] - logits[0][index] }
                #expect(abs(sum - logits[all.count + 1][index]) < tolerance, "\(trained.unit.probe)")
            }
        }
        withExtendedLifetime(set) {}
    }

    @Test("is refused by name of a probe without maps, with the methods whose attention can be read")
    func refusals() throws {
        let set = try SyntheticSet()
        for type in ["linear", "dolg", "vit-block"] {
            let unit = try UnitsUnderTest.unit(type, type == "vit-block" ? ["heads": .integer(4)] : [:])
            let head = try #require(try set.train([unit])[unit.key]?.trained?.head)
            let error = #expect(throws: AttentionUnsupported.self) { try Self.reader(head, unit, set) }
            #expect(error?.probe == type)
            #expect(error.map { "\($0)" }?.contains("efficient, mhca") == true)
        }
        let named = try Self.units().map(\.probe.type)
        #expect(named.allSatisfy { AttentionUnsupported.methods.contains($0) })
        withExtendedLifetime(set) {}
    }

    /// Whether heads multiply what is rounded to bfloat16 on the path under test.
    private static var roundsProducts: Bool {
        get throws { [.avx512bf16, .amx].contains(try KernelPath.fromEnvironment()) }
    }

    private static func tokens(_ view: TokenView) -> [[Double]] {
        let rows = Matrix<Double>(rows: view.tokens, columns: view.width)
        unpack(view, into: rows.view)
        return (0..<rows.rows).map { Array(rows.row($0)) }
    }
}

/// Efficient probing in double precision, as its paper writes it.
private struct HandMadeHead {
    private let tensors: [String: (shape: [Int], values: [Double])]

    init(_ head: TrainedHead) {
        tensors = Dictionary(
            uniqueKeysWithValues: head.tensors.map { ($0.name, ($0.shape, $0.values.map(Double.init))) })
    }

    private func row(_ name: String, _ index: Int) -> ArraySlice<Double> {
        guard let tensor = tensors[name] else { return [] }
        let width = tensor.shape.dropFirst().reduce(1, *)
        return tensor.values[index * width..<(index + 1) * width]
    }

    private func dot(_ first: some Sequence<Double>, _ second: some Sequence<Double>) -> Double {
        zip(first, second).reduce(0) { $0 + $1.0 * $1.1 }
    }

    func maps(_ tokens: [[Double]]) -> [[Double]] {
        (0..<(tensors["queries"]?.shape[0] ?? 0)).map { query in
            let scores = tokens.map { dot(row("queries", query), $0) / Double($0.count).squareRoot() }
            let exponentials = scores.map { exp($0 - (scores.max() ?? 0)) }
            return exponentials.map { $0 / exponentials.reduce(0, +) }
        }
    }

    func logits(_ tokens: [[Double]], _ maps: [[Double]]) -> [Double] {
        let width = tensors["value.weight"]?.shape[0] ?? 0
        let output = (0..<width).map { channel in
            let map = maps[channel / (width / maps.count)]
            let pooled = tokens[0].indices.map { column in zip(map, tokens).reduce(0) { $0 + $1.0 * $1.1[column] } }
            return (dot(row("value.weight", channel), pooled) - row("norm.running_mean", channel).reduce(0, +))
                / (row("norm.running_var", channel).reduce(0, +) + 1e-6).squareRoot()
        }
        return (0..<(tensors["head.bias"]?.shape[0] ?? 0)).map { label in
            dot(row("head.weight", label), output) + row("head.bias", label).reduce(0, +)
        }
    }
}
