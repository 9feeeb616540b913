import Foundation
import Numerics
import Probes
import TestKit
import Testing

@Suite("What predictors are worth, in double precision")
struct AttentionGoldenTests {
    private static let fixtures = Result { try AttentionFixture.read() }

    @Test("The fixture has the cases that are tested")
    func names() throws {
        #expect(try Self.fixtures.get().keys.sorted() == AttentionFixture.names.sorted())
    }

    @Test(
        "Maps, entropies, and what each map is worth are PyTorch's", arguments: AttentionFixture.names,
        KernelPath.available)
    func pyTorch(_ name: String, _ path: KernelPath) throws {
        let fixture = try #require(try Self.fixtures.get()[name])
        let network = try Self.network(fixture, on: path)
        let maps = network.maps()
        let (M, N) = (maps[0].count, maps[0][0].count)
        expectClose(Array(maps.joined().joined()), Array(fixture.maps.joined().joined()), "maps")
        let entropies = maps.map { $0.map(Self.entropy) }
        func mean(_ value: (Double) -> Double) -> [Double] {
            (0..<M).map { predictor -> Double in
                let sum: Double = entropies.reduce(0) { $0 + value($1[predictor]) }
                return sum / Double(maps.count)
            }
        }
        expectClose(mean { $0 / log(Double(N)) }, fixture.entropy, "entropy")
        expectClose(mean(exp), fixture.effective_tokens, "effective tokens")

        let uniform = maps.map { sample in sample.map { _ in Array(repeating: 1 / Double(N), count: N) } }
        let average = (0..<M).map { j in
            (0..<N).map { token -> Double in
                let sum: Double = maps.reduce(0) { $0 + $1[j][token] }
                return sum / Double(maps.count)
            }
        }
        func scores(_ others: [[[Double]]], _ predictors: [Int]) -> [Double] {
            AttentionFixture.scores(
                network.logits { sample, own in
                    own.indices.map { predictors.contains($0) ? others[sample][$0] : own[$0] }
                })
        }
        let (own, all) = (scores(maps, []), scores(uniform, Array(0..<M)))
        func worth(_ others: [[[Double]]], _ predictors: [Int]) -> [Double] { own - scores(others, predictors) }
        expectClose(own, [fixture.accuracy, -fixture.log_loss], "scores")
        expectClose(own - AttentionFixture.scores(network.logits()), [0, 0], "scores with the head's own maps")
        let means = maps.map { _ in average }
        for j in 0..<M {
            expectClose(worth(uniform, [j]), fixture.uniform[j], "uniform, \(j)")
            expectClose(worth(means, [j]), fixture.mean_map[j], "mean map, \(j)")
            expectClose(worth(maps.reversed(), [j]), fixture.other_sample[j], "other sample, \(j)")
            expectClose(
                scores(uniform, (0..<M).filter { $0 != j }) - all, fixture.alone[j], "alone, \(j)")
            expectClose(worth(uniform, Array(fixture.order[...j])), fixture.cumulative[j], "cumulative, \(j)")
        }
        expectClose(own - all, fixture.all, "all")
    }

    private static func entropy(of map: [Double]) -> Double {
        map.reduce(0) { (sum: Double, weight: Double) -> Double in sum - weight * log(weight) }
    }

    private static func network(_ fixture: AttentionFixture, on path: KernelPath) throws -> NetworkUnderTest {
        let tokens = TokenFixture(
            lengths: AttentionFixture.labels.map { _ in AttentionFixture.tokens }, width: AttentionFixture.width,
            value: AttentionFixture.token)
        let shape = ProbeShape(
            width: AttentionFixture.width, tokens: AttentionFixture.tokens - (fixture.hasClassToken ? 1 : 0),
            classes: AttentionFixture.classes, hasClassToken: fixture.hasClassToken)
        let probe = try #require(try ProbeCatalog.probe(fixture.configuration, shape: shape) as? any GradientProbe)
        let network = NetworkUnderTest(
            probe, tokens, labels: AttentionFixture.labels.map(Int32.init), seed: 0, on: path)
        let tensors = network.network.parameters.tensors
        #expect(tensors.map(\.name) == fixture.tensors.map(\.name))
        #expect(tensors.map(\.shape) == fixture.tensors.map(\.shape))
        for place in tensors.indices {
            _ = network.parameters[place].update(fromContentsOf: fixture.values(of: place))
        }
        for (place, buffer) in network.network.buffers.tensors.enumerated() {
            for index in network.buffers[place].indices {
                network.buffers[place][index] =
                    buffer.name.hasSuffix("mean")
                    ? AttentionFixture.runningMean(index) : AttentionFixture.runningVariance(index)
            }
        }
        return network
    }

    /// To 1e-9, of a number's size where it is above 1.
    private func expectClose(_ values: [Double], _ golden: [Double], _ name: String) {
        #expect(values.count == golden.count, "\(name)")
        for (value, expected) in zip(values, golden) {
            #expect(abs(value - expected) <= 1e-9 * max(1, abs(expected)), "\(name): \(value) is not \(expected)")
        }
    }
}

private func - (left: [Double], right: [Double]) -> [Double] { zip(left, right).map { $0 - $1 } }

extension AttentionFixture {
    fileprivate var configuration: ProbeConfiguration {
        var (type, options) = ("", [String: OptionValue]())
        for (name, value) in probe {
            switch value {
            case .text(let text) where name == "type": type = text
            case .text(let text): options[name] = .text(text)
            case .integer(let number): options[name] = .integer(number)
            }
        }
        return ProbeConfiguration(type: type, options: options)
    }
}
