import Features
import Numerics
import Probes
import Synchronization
import Testing
import Units

@testable import Training

@Suite("Tokens that are prepared before a probe reads them")
struct TokenPreparationTests {
    private static let mix = OptionValue.list([.integer(0), .integer(1)])

    private static func units() throws -> [ProbeUnit] {
        let queries = OptionValue.integer(4)
        return [
            try UnitsUnderTest.unit("efficient", ["queries": queries, "prepare": .text("standardise")]),
            try UnitsUnderTest.unit("efficient", ["queries": queries, "prepare": .text("l2")], refit: true),
            try UnitsUnderTest.unit("cae", ["prepare": .text("layer-norm")]),
            try UnitsUnderTest.unit("dolg", ["prepare": .text("l2")]),
            try UnitsUnderTest.unit("efficient", ["queries": queries, "mix": mix]),
            try UnitsUnderTest.unit("efficient", ["queries": queries, "mix": mix, "mix-normalise": .text("none")]),
            try UnitsUnderTest.unit("linear", ["input": .text("class+mean"), "mix": mix], refit: true),
            try UnitsUnderTest.unit("mlp", ["hidden": .list([.integer(8)]), "mix": mix]),
        ]
    }

    @Test("give each unit the same bits alone, beside all others and on two threads")
    func together() throws {
        let set = try SyntheticSet()
        let units = try Self.units() + [try UnitsUnderTest.unit("efficient", ["queries": .integer(4)])]
        let together = try set.train(units, threads: 2)
        for unit in units {
            let alone = try #require(try set.train([unit])[unit.key]?.trained)
            let beside = try #require(together[unit.key]?.trained, "\(unit.probe)")
            #expect(alone.predictions == beside.predictions && alone.result.choice == beside.result.choice)
            #expect(alone.head == beside.head)
        }
        withExtendedLifetime(set) {}
    }

    @Test("are prepared again by an exported head, whose logits are the scored ones bit for bit")
    func exported() throws {
        let set = try SyntheticSet()
        let units = try Self.units()
        let outcomes = try set.train(units)
        for unit in units {
            let trained = try #require(outcomes[unit.key]?.trained)
            let file = HeadFile(try #require(trained.head), HeadDescription(unit, classNames: nil))
            let task = try set.set.task(unit.task.name)
            let predictor = try HeadPredictor(
                file, layer: set.layer, index: 0, levels: [1: set.earlierLayer], threads: 1, on: .fromEnvironment())
            let logits = predictor.logits(of: trained.predictions.rows.map { task.samples[$0] })
            #expect(logits.map(\.bitPattern) == trained.predictions.scores.map(\.bitPattern), "\(unit.probe)")
        }
        withExtendedLifetime(set) {}
    }

    @Test("have weights of levels in the result that sum to 1 and are the exported head's")
    func weights() throws {
        let set = try SyntheticSet()
        let unit = try #require(try Self.units().first { $0.probe.mixedLevels != nil })
        let trained = try #require(try set.train([unit])[unit.key]?.trained)
        let weights = try [0, 1].map { try #require(trained.result.choice["mixingWeight\($0)"]) }
        #expect(abs(weights[0] + weights[1] - 1) < 1e-6)
        #expect(weights[0] != weights[1], "they are learned")
        let logits = try #require(trained.head?.tensors.first { $0.name == "mix.weights" }?.values)
        #expect((weights[0] > weights[1]) == (logits[0] > logits[1]))
        withExtendedLifetime(set) {}
    }

    @Test("are standardised by the tokens of the rows that train alone")
    func isolation() throws {
        let selection = SelectionSettings(fraction: 0.2, refit: false, epoch: "last")
        let solver = Solver(UnitsUnderTest.gradient(rates: [0.1], epochs: 3), selection: selection)
        let unit = try UnitsUnderTest.unit(
            "efficient", ["queries": .integer(4), "prepare": .text("standardise")], solver: solver)
        let set = try SyntheticSet()
        let rows = try FoldRows(task: set.set.task("all"), fold: unit.fold, selection: selection, shots: nil)
        let training = Set(rows.inner[0].training)
        let other = try SyntheticSet { sample, value in training.contains(sample) ? value : 3 - 2 * value }
        let (head, changed) = (
            try set.train([unit])[unit.key]?.trained, try other.train([unit])[unit.key]?.trained
        )
        #expect(head?.head != nil && head?.head == changed?.head)
        #expect(head?.predictions.scores != changed?.predictions.scores)
        let means = try #require(head?.head?.tensors.first { $0.name == "tokens.mean" }?.values)
        var (sum, count) = (0.0, 0)
        for row in rows.inner[0].training {
            let view = set.layer.patchTokens(row)
            let tokens = Matrix<Double>(rows: view.tokens, columns: view.width)
            unpack(view, into: tokens.view)
            for token in 0..<view.tokens { sum += tokens[token, 3] }
            count += view.tokens
        }
        #expect(abs(Double(means[3]) - sum / Double(count)) < 1e-6)
        withExtendedLifetime((set, other)) {}
    }

    @Test("in other units of each channel give almost the same head where they are standardised")
    func unitsOfChannels() throws {
        let unit = try UnitsUnderTest.unit("efficient", ["queries": .integer(4), "prepare": .text("standardise")])
        let (set, scaled) = (try SyntheticSet(), try SyntheticSet { $1 * 64 + 128 })
        let first = try #require(try set.train([unit], kernel: .portable)[unit.key]?.trained)
        let second = try #require(try scaled.train([unit], kernel: .portable)[unit.key]?.trained)
        for (own, other) in zip(first.predictions.scores, second.predictions.scores) {
            #expect(abs(own - other) < 0.05 * max(1, abs(own)))
        }
        withExtendedLifetime((set, scaled)) {}
    }

    @Test("are computed once, level by level, each token by itself", arguments: ["layer", "none"])
    func computed(_ norm: String) throws {
        let set = try SyntheticSet()
        let unit = try UnitsUnderTest.unit("linear", ["mix": Self.mix, "mix-normalise": .text(norm)])
        let source = try #require(unit.probe.tokenSource)
        let layer = try source.layer(of: set.layer, at: 0, [1: set.earlierLayer], on: ThreadPool(threads: 2))
        let width = SyntheticSet.width
        #expect(layer.width == 2 * width && layer.samples == set.layer.samples && layer.hasClassToken)
        for sample in stride(from: 0, to: layer.samples, by: 7) {
            let tokens = Self.rows(layer.allTokens(sample))
            for (level, stored) in [set.layer, set.earlierLayer].enumerated() {
                for (token, values) in Self.rows(stored.allTokens(sample)).enumerated() {
                    let mean = values.reduce(0, +) / Double(width)
                    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
                    for (channel, value) in values.enumerated() {
                        let expected = norm == "layer" ? (value - mean) / (variance + 1e-6).squareRoot() : value
                        #expect(abs(tokens[token][level * width + channel] - expected) < 1e-6)
                    }
                }
            }
        }
        withExtendedLifetime((set, layer)) {}
    }

    @Test("in units of their length have length 1")
    func unitLength() throws {
        let set = try SyntheticSet()
        let unit = try UnitsUnderTest.unit("dolg", ["prepare": .text("l2")])
        let source = try #require(unit.probe.tokenSource)
        let layer = try source.layer(of: set.layer, at: 0, [:], on: ThreadPool(threads: 1))
        let lengths = Self.rows(layer.allTokens(3)).map { $0.reduce(0) { $0 + $1 * $1 } }
        #expect(lengths.count == set.layer.allTokens(3).tokens && lengths.allSatisfy { abs($0 - 1) < 1e-6 })
        withExtendedLifetime((set, layer)) {}
    }

    private static func rows(_ view: TokenView) -> [[Double]] {
        let rows = Matrix<Double>(rows: view.tokens, columns: view.width)
        unpack(view, into: rows.view)
        return (0..<rows.rows).map { Array(rows.row($0)) }
    }

    @Test("of a level that is missing or has other tokens fail their units alone, with the option at fault")
    func missing() throws {
        let set = try SyntheticSet()
        let lost = try UnitsUnderTest.unit("linear", ["mix": .list([.integer(0), .integer(9)])])
        let kept = try UnitsUnderTest.unit("linear", ["mix": Self.mix])
        let outcomes = try set.train([lost, kept])
        #expect(outcomes[lost.key]?.error?.field == "probe.options.mix")
        #expect(outcomes[kept.key]?.trained != nil)
        withExtendedLifetime(set) {}
    }

    @Test(
        "are not computed for units that are cancelled, before or meanwhile, and others go on",
        arguments: [true, false])
    func cancelled(_ isBefore: Bool) throws {
        let set = try SyntheticSet()
        let lost = try UnitsUnderTest.unit("dolg", ["prepare": .text("l2")])
        let kept = try UnitsUnderTest.unit("linear", ["mix": Self.mix])
        let places = Mutex<[String]>([])
        let outcomes = try set.train([lost, kept]) { key in
            key == lost.key && (isBefore || places.withLock { !$0.isEmpty })
        } reached: { place in
            places.withLock { $0.append(place) }
        }
        #expect(outcomes[lost.key] == nil && outcomes[kept.key]?.trained != nil)
        let computations = places.withLock { $0.count { $0.hasPrefix("computing") } }
        #expect(computations == (isBefore ? 1 : 2))
        #expect(places.withLock { $0.count { $0.hasPrefix("pooling") } } == 1)
        withExtendedLifetime(set) {}
    }

    @Test("are not computed for units that do not fit into memory")
    func tooLarge() throws {
        let set = try SyntheticSet()
        let unit = try UnitsUnderTest.unit("dolg", ["prepare": .text("l2")])
        let places = Mutex<[String]>([])
        let outcomes = try set.train([unit], memory: 1 << 20) { _ in
            false
        } reached: { place in
            places.withLock { $0.append(place) }
        }
        #expect(outcomes[unit.key]?.error?.field == "memory")
        #expect(places.withLock { $0.isEmpty })
        withExtendedLifetime(set) {}
    }

    @Test("are standardised by sums of blocks in their order, on any number of threads", arguments: [1, 2])
    func channels(_ threads: Int) throws {
        let set = try SyntheticSet()
        let samples = (0..<9000).map { $0 * 7 % SyntheticSet.samples }
        let channels = TokenChannels(of: .patch, in: set.layer, samples, on: ThreadPool(threads: threads))
        var sums: [Double] = []
        var count = 0
        for first in stride(from: 0, to: samples.count, by: 64) {
            var block = 0.0
            for sample in samples[first..<min(first + 64, samples.count)] {
                let rows = Self.rows(set.layer.patchTokens(sample))
                for row in rows { block += row[3] }
                count += rows.count
            }
            sums.append(block)
        }
        #expect(channels.mean[3] == Float(sums.reduce(0, +) / Double(count)))
        withExtendedLifetime(set) {}
    }

    @Test("are read in blocks as they are stored, where they are prefetched and evicted too")
    func blocks() throws {
        let set = try SyntheticSet()
        let stored = (0..<SyntheticSet.samples).map { Self.rows(set.layer.allTokens($0)) }
        for memory in [1, Int.max] {
            let reading = BlockReading(set.layer, memory: memory)
            for samples in [0..<64, 64..<128, 32..<SyntheticSet.samples] {
                var read: [[[Double]]] = []
                reading.read(samples) { read = samples.map { Self.rows(set.layer.allTokens($0)) } }
                #expect(read == samples.map { stored[$0] })
            }
        }
        #expect(PagingNeed(set.layer, memory: 2 * set.layer.bytes - 2).isPrefetched)
        #expect(!PagingNeed(set.layer, memory: 2 * set.layer.bytes).isPrefetched)
        #expect(!PagingNeed(set.layer, memory: 2 * set.layer.bytes - 2).isEvicted)
        #expect(PagingNeed(set.layer, memory: set.layer.bytes).isEvicted)
        withExtendedLifetime(set) {}
    }

    @Test("are not what a probe of pooled vectors prepares, whether or not its input is named")
    func vectors() throws {
        let prepare = OptionValue.text("l2")
        #expect(ProbeConfiguration(type: "linear", options: ["prepare": prepare]).tokenSource == nil)
        #expect(
            ProbeConfiguration(type: "linear", options: ["prepare": prepare, "input": .text("mean")]).tokenSource == nil
        )
        #expect(ProbeConfiguration(type: "dolg", options: ["prepare": prepare]).tokenSource != nil)
    }
}
