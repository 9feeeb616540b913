import Attention
import Features
import Foundation
import Numerics
import Probes
import TestKit
import Testing
import Units

@testable import Training

@Suite("Reading a head's attention on every kernel path")
struct AttentionPathTests {
    private static let fixtures = Result { try AttentionFixture.read() }

    /// What numbers may differ by from double precision: paths that multiply what is rounded to bfloat16 are off by 2⁻⁹ of
    /// each factor, so that a map of theirs may be off by a few hundredths.
    private struct Tolerance {
        let maps, scores: Double

        init(_ path: KernelPath) {
            (maps, scores) = path.hasBfloat16Products ? (0.06, 0.3) : (1e-5, 1e-5)
        }
    }

    @Test(
        "Maps, entropies, and what each map is worth are those of double precision, to the path's tolerance",
        arguments: AttentionFixture.names, KernelPath.available)
    func paths(_ name: String, _ path: KernelPath) throws {
        let fixture = try #require(try Self.fixtures.get()[name])
        let (head, tolerance) = (try FixtureHead(fixture), Tolerance(path))
        let reader = try head.reader(on: path)
        var (maps, mean, qualities) = ([Int: SampleMaps](), MeanMap(), MapQualities(predictors: reader.predictors))
        reader.maps(of: [0, 1]) { place, map, _ in
            maps[place] = map
            mean.add(map)
            qualities.add(map)
        }
        for (sample, golden) in fixture.maps.enumerated() {
            let map = try #require(maps[sample])
            for predictor in golden.indices {
                expectClose(map.map(of: predictor), golden[predictor], tolerance.maps, "map \(predictor)")
            }
        }
        expectClose(qualities.values.map(\.entropy), fixture.entropy, 3 * tolerance.maps, "entropy")

        let all = Array(0..<reader.predictors)
        func each(_ kind: AttentionAblation.Replacement) -> [AttentionAblation] {
            all.map { AttentionAblation(kind, of: [$0]) }
        }
        var ablations = [.none, AttentionAblation(.uniform, of: all)]
        for kind in [AttentionAblation.Replacement.uniform, .meanMap, .otherSample] { ablations += each(kind) }
        ablations += all.map { kept in AttentionAblation(.uniform, of: all.filter { $0 != kept }) }
        ablations += all.map { AttentionAblation(.uniform, of: Array(fixture.order[...$0])) }
        let losses = reader.logits(of: [0, 1], under: ablations, meanMap: mean.weights).map {
            -AttentionFixture.scores($0.map(Double.init))[1]
        }
        // The size of what is subtracted.
        let scale = max(1, losses.map(abs).max() ?? 1) * tolerance.scores
        let M = reader.predictors
        func part(_ index: Int) -> [Double] { Array(losses[2 + index * M..<2 + (index + 1) * M]) }
        expectClose([losses[0]], [fixture.log_loss], scale, "log-loss")
        expectClose([losses[1] - losses[0]], [fixture.all[1]], scale, "all")
        for (place, golden) in [fixture.uniform, fixture.mean_map, fixture.other_sample].enumerated() {
            expectClose(part(place).map { $0 - losses[0] }, golden.map { $0[1] }, scale, "ablation \(place)")
        }
        expectClose(part(3).map { losses[1] - $0 }, fixture.alone.map { $0[1] }, scale, "alone")
        expectClose(part(4).map { $0 - losses[0] }, fixture.cumulative.map { $0[1] }, scale, "cumulative")
        withExtendedLifetime(head) {}
    }

    @Test("Maps that are uniform already are worth nothing, to the last bit", arguments: AttentionFixture.names)
    func uniform(_ name: String) throws {
        let fixture = try #require(try Self.fixtures.get()[name])
        let head = try FixtureHead(fixture, hasScores: false)
        for path in KernelPath.available {
            let reader = try head.reader(on: path)
            let all = Array(0..<reader.predictors)
            reader.maps(of: [0, 1]) { _, maps, _ in
                #expect(maps.weights.allSatisfy { abs($0 - 1 / Float(maps.tokens)) < 1e-6 })
            }
            var ablations = [.none, AttentionAblation(.uniform, of: all)]
            ablations += all.map { AttentionAblation(.uniform, of: [$0]) }
            ablations += all.map { kept in AttentionAblation(.uniform, of: all.filter { $0 != kept }) }
            let logits = reader.logits(of: [0, 1], under: ablations)
            #expect(logits.allSatisfy { $0 == logits[0] }, "\(path)")
            #expect(Set(logits[0]).count > 1)
        }
        withExtendedLifetime(head) {}
    }

    private func expectClose(_ values: [Double], _ golden: [Double], _ tolerance: Double, _ name: String) {
        #expect(values.count == golden.count, "\(name)")
        for (value, expected) in zip(values, golden) {
            #expect(abs(value - expected) <= tolerance, "\(name): \(value) is not \(expected)")
        }
    }
}

/// The head and the tokens of a fixture, on disk.
private final class FixtureHead {
    private let fixture: AttentionFixture
    private let layer: LayerTokens
    private let folder: String
    private let hasScores: Bool

    /// - Parameter hasScores: Whether queries are as in the fixture, or such that all scores are 0.
    init(_ fixture: AttentionFixture, hasScores: Bool = true) throws {
        self.fixture = fixture
        self.hasScores = hasScores
        folder = FileManager.default.temporaryDirectory.appending(path: "attention-\(UUID().uuidString)").path
        let (T, D) = (AttentionFixture.tokens, AttentionFixture.width)
        let writer = try FeatureSetWriter.create(
            folder, name: "golden", backbone: .init(name: "none", revision: "0"), samples: AttentionFixture.samples,
            layout: .init(classToken: fixture.hasClassToken))
        try writer.writeLayer(
            .init(index: 0, name: "tokens", width: D, dtype: .float32, finalNorm: false),
            lengths: .each(AttentionFixture.labels.map { _ in T })
        ) { (samples, buffer) throws(FeatureError) in
            let values = buffer.assumingMemoryBound(to: Float.self)
            var place = 0
            for sample in samples {
                for token in 0..<T {
                    for channel in 0..<D {
                        values[place] = Float(AttentionFixture.token(sample, token, channel))
                        place += 1
                    }
                }
            }
        }
        layer = try writer.finish().layer(0)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func reader(on path: KernelPath) throws -> AttentionReader {
        let head = TrainedHead(tensors: try tensors)
        return try AttentionReader(
            HeadPredictor(
                HeadFile(head, HeadDescription(probe: try configuration)), layer: layer, threads: 1, on: path))
    }

    private var configuration: ProbeConfiguration {
        get throws {
            var (type, options) = ("", [String: OptionValue]())
            for (name, value) in fixture.probe {
                switch value {
                case .text(let text) where name == "type": type = text
                case .text(let text): options[name] = .text(text)
                case .integer(let number): options[name] = .integer(number)
                }
            }
            return try ProbeCatalog.complete(ProbeConfiguration(type: type, options: options))
        }
    }

    private var tensors: [HeadTensor] {
        get throws {
            var tensors = fixture.tensors.indices.map { place in
                HeadTensor(
                    name: fixture.tensors[place].name, shape: fixture.tensors[place].shape,
                    values: fixture.values(of: place).map { Float($0) })
            }
            if !hasScores { for place in tensors.indices { clearScores(&tensors[place]) } }
            let width = tensors[tensors.count - 2].shape[1]
            var statistics = [("norm", width)]
            if try configuration.type == "aim" {
                statistics.append(("token_norm", AttentionFixture.width))
            }
            return tensors
                + statistics.flatMap { name, width in
                    [
                        HeadTensor(
                            name: "\(name).running_mean", shape: [width],
                            values: (0..<width).map { Float(AttentionFixture.runningMean($0)) }),
                        HeadTensor(
                            name: "\(name).running_var", shape: [width],
                            values: (0..<width).map { Float(AttentionFixture.runningVariance($0)) }),
                    ]
                }
        }
    }

    /// Sets to zero what a method's queries, or its score, are made of.
    private func clearScores(_ tensor: inout HeadTensor) {
        guard case .text(let type)? = fixture.probe["type"] else { return }
        let isQuery = ["queries", "query", "query.weight", "query.bias", "score.weight"].contains(tensor.name)
        let isGain = type == "esimpool" && tensor.name == "norm.weight"
        // The upper third of a joint projection makes the queries; in AbMILP it does not lead to the scores.
        let isJoint = type != "abmilp" && tensor.name.hasPrefix("query_key_value")
        guard isQuery || isGain || isJoint else { return }
        let count = isJoint ? tensor.values.count / 3 : tensor.values.count
        for index in 0..<count { tensor.values[index] = 0 }
    }
}
