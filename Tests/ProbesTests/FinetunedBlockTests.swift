import Foundation
import Numerics
import Probes
import Testing
import Training

@Suite("Fine-tuned blocks")
struct FinetunedBlockTests {
    @Test(
        "Blocks give PyTorch's outputs and gradients, with and without masked tokens", arguments: BlockFixture.cases,
        KernelPath.available)
    func gradients(_ golden: BlockFixture, path: KernelPath) throws {
        let run = try FinetuneRun(golden, on: path)
        expectClose(run.pool(), golden.output, "output")
        for (tensor, expected) in golden.gradients.enumerated() {
            expectClose(BlockFixture.summary(run.network.gradients[tensor]), expected, run.name(tensor))
        }
    }

    @Test(
        "Three steps of AdamW leave PyTorch's weights and outputs", arguments: BlockFixture.cases,
        KernelPath.available)
    func steps(_ golden: BlockFixture, path: KernelPath) throws {
        let run = try FinetuneRun(golden, on: path)
        for _ in 0..<3 { run.step(rate: 0.01, decay: 0.1) }
        for (tensor, expected) in golden.trained.enumerated() {
            expectClose(BlockFixture.summary(run.network.parameters[tensor]), expected, run.name(tensor))
        }
        expectClose(run.pool(), golden.trained_output, "output")
    }

    /// 1e-9 of the largest number, as other golden vectors are compared.
    private func expectClose(_ values: [Double], _ golden: [Double], _ name: String) {
        #expect(values.count == golden.count)
        let largest = golden.reduce(0) { max($0, abs($1)) }
        for (value, expected) in zip(values, golden) {
            #expect(abs(value - expected) <= 1e-9 * largest + 0.5e-10, "\(name): \(value) is not \(expected)")
        }
    }

    @Test("A block counts its layer scales as parameters, and a post-norm block has no final norm")
    func parameters() throws {
        let D = 48
        for (type, count) in [
            ("pre-norm", 2 * (12 * D * D + 13 * D) + 2 * D), ("layer-scale", 2 * (12 * D * D + 15 * D) + 2 * D),
            ("post-norm", 2 * (12 * D * D + 13 * D)),
        ] {
            let probe = try ProbeCatalog.probe(
                ProbeConfiguration(
                    type: "finetune", options: ["blocks": .integer(2), "block-type": .text(type)]),
                shape: ProbeShape(width: D, tokens: 16, classes: 5, hasClassToken: true))
            #expect(probe.cost.parameters == count + 5 * D + 5, "\(type)")
            let products = 2 * (12 * 17 * D * D + 2 * 17 * 17 * D)
            #expect(probe.cost.executed.forward == products + 5 * D, "\(type)")
            #expect(probe.cost.executed.backward == 3 * products - 3 * 17 * D * D + 2 * 5 * D, "\(type)")
        }
    }
}

/// A case of Tests/Fixtures/probing/blocks.json, by make_blocks.py.
struct BlockFixture: Decodable, CustomTestStringConvertible, Sendable {
    var type: String
    var pool: String
    var lengths: [Int]
    var output: [Double]
    var counts: [Int]
    /// Summaries of every tensor's gradient, and of its values after three steps.
    var gradients: [[Double]]
    var trained: [[Double]]
    var trained_output: [Double]

    static let (tokens, width) = (4, 48)

    static let cases = try! JSONDecoder().decode(
        [BlockFixture].self,
        from: Data(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("Fixtures/probing/blocks.json")))

    var testDescription: String { "\(type), \(pool), \(lengths)" }

    static func summary(_ values: UnsafeMutableBufferPointer<Double>) -> [Double] {
        let projected = values.indices.reduce(0) { $0 + values[$1] * cos(0.31 * Double($1) + 0.5) }
        return [
            values.reduce(0, +), values.reduce(0) { $0 + $1 * $1 }, values.first ?? 0, values.last ?? 0, projected,
        ]
    }
}

/// The probe of a case, with its first values.
private final class FinetuneRun {
    let network: NetworkUnderTest
    private let samples: Int
    private let optimizer = AdamW(beta1: 0.9, beta2: 0.999)
    private let path: KernelPath
    private var moments: [[Double]]
    private var steps = 0

    init(_ golden: BlockFixture, on path: KernelPath) throws {
        let (T, D) = (BlockFixture.tokens, BlockFixture.width)
        let tokens = TokenFixture(lengths: golden.lengths, width: D) { sample, token, channel in
            let index = Double((sample * T + token) * D + channel)
            return sin(0.37 * index) + 0.1 * cos(0.11 * index)
        }
        let patches = golden.lengths.map { $0 - 1 }
        let shape = ProbeShape(
            width: D, tokens: (patches.min() ?? 0)...(patches.max() ?? 0), classes: 2, hasClassToken: true)
        let options: [String: OptionValue] = [
            "blocks": .integer(2), "input": .text(golden.pool), "block-type": .text(golden.type),
            "epsilon": .text(golden.type == "post-norm" ? "1e-12" : "1e-6"),
        ]
        let configuration = ProbeConfiguration(type: "finetune", options: options)
        let probe = try #require(try ProbeCatalog.probe(configuration, shape: shape) as? any GradientProbe)
        network = NetworkUnderTest(
            probe, tokens, labels: golden.lengths.map { _ in 0 }, seed: 0, on: path)
        samples = golden.lengths.count
        self.path = path
        try #require(probe.tensors.map(\.count) == golden.counts)
        moments = golden.counts.map { Array(repeating: 0, count: 2 * $0) }
        for (tensor, specification) in probe.tensors.enumerated() {
            let isGain = specification.name.contains("norm") && specification.name.hasSuffix("weight")
            let elements = network.parameters[tensor]
            for index in elements.indices {
                elements[index] = 0.5 * sin(0.7 * Double(index) + 1.3 * Double(tensor) + 0.2) + (isGain ? 1 : 0)
            }
        }
    }

    func name(_ tensor: Int) -> String { network.parameters.layout.tensors[tensor].name }

    /// The output, and the gradients for the upstream gradient, which a backward pass may overwrite.
    func pool() -> [Double] {
        let upstream = Matrix<Double>(rows: samples, columns: BlockFixture.width)
        for index in 0..<samples * BlockFixture.width { upstream.elements[index] = cos(0.23 * Double(index)) }
        return withExtendedLifetime(upstream) { network.pool(outputGradient: upstream.view) }
    }

    func step(rate: Double, decay: Double) {
        _ = pool()
        for tensor in moments.indices {
            moments[tensor].withUnsafeMutableBufferPointer { moments in
                guard let start = moments.baseAddress else { return }
                let isMatrix = network.parameters.layout.tensors[tensor].shape.count > 1
                optimizer.move(
                    network.parameters[tensor], against: network.gradients[tensor], moments: start,
                    treatment: TensorTreatment(isDecayed: isMatrix, isMatrix: isMatrix),
                    at: OptimizerStep(learningRate: rate, weightDecay: decay, index: steps), on: path)
            }
        }
        steps += 1
    }
}
