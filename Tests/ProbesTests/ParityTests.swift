import Foundation
import Numerics
import Probes
import Testing
import Training

@Suite("Parity with PyTorch")
struct ParityTests {
    @Test(
        "Fifty steps of training have PyTorch's losses and weights, in double precision",
        arguments: ParityFixture.shared.cases, KernelPath.available)
    func trajectory(_ golden: ParityFixture.Case, _ path: KernelPath) throws {
        let run = try ParityRun(golden, on: path)
        let batches = ParityFixture.shared.batches
        var difference = ParityDifference()
        for (step, batch) in batches.enumerated() {
            let loss = run.step(batch, epoch: Double(step) / Double(batches.count / ParityFixture.shared.epochs))
            difference.losses.note([loss], [golden.losses[step]])
            guard golden.kept.contains(step + 1) else { continue }
            let expected = try ParityFixture.shared.weights(of: golden, after: step + 1)
            for (index, tensor) in run.network.parameters.layout.tensors.enumerated() {
                difference.weights.note(Array(run.network.parameters[index]), expected[index], tensor.name)
            }
        }
        difference.logits.note(run.logits(Array(0..<8)), golden.logits)
        #expect(difference.losses.value <= 1e-8)
        #expect(difference.weights.value <= 1e-8, "\(difference.weights.place)")
        #expect(difference.logits.value <= 1e-8)
        if ProcessInfo.processInfo.environment["PROBESWEEP_SHOW_PARITY"] != nil {
            print("parity", golden.testDescription, path, difference)
        }
    }
}

/// How far losses, weights and the trained network's logits are from PyTorch's.
private struct ParityDifference: CustomStringConvertible {
    /// The largest difference seen, as a part of the largest number beside it.
    struct Largest {
        private(set) var value = 0.0
        /// What it is a difference of.
        private(set) var place = ""

        /// Numbers below a thousandth are compared as if they were one: a tensor that has no gradient may start at 0,
        /// and where our gradient is 0, PyTorch's is what rounding leaves.
        mutating func note(_ values: [Double], _ expected: [Double], _ place: String = "") {
            var largest = Double.infinity
            if values.count == expected.count, values.allSatisfy(\.isFinite) {
                let size = expected.reduce(0.001) { max($0, abs($1)) }
                largest = zip(values, expected).reduce(0) { max($0, abs($1.0 - $1.1) / size) }
            }
            if largest > value { (value, self.place) = (largest, place) }
        }
    }

    var losses = Largest()
    var weights = Largest()
    var logits = Largest()

    var description: String {
        "losses \(losses.value) weights \(weights.value) (\(weights.place)) logits \(logits.value)"
    }
}

/// A case of the fixture in training.
private final class ParityRun {
    let network: NetworkUnderTest
    private let golden: ParityFixture.Case
    private let optimizer: any Optimizer
    private let schedule: Schedule
    private let path: KernelPath
    private var moments: [[Double]]
    private var steps = 0

    init(_ golden: ParityFixture.Case, on path: KernelPath) throws {
        let fixture = ParityFixture.shared
        let shape = ProbeShape(
            width: golden.width, tokens: fixture.tokens, classes: fixture.classes, hasClassToken: false)
        let configuration = ProbeConfiguration(type: golden.type, options: golden.options)
        let probe = try #require(try ProbeCatalog.probe(configuration, shape: shape) as? any GradientProbe)
        optimizer =
            switch golden.optimizer {
            case "adamw": AdamW(beta1: 0.9, beta2: 0.999)
            case "sgd": SGD(momentum: 0.9)
            default: LARS(momentum: 0.9, trust: 0.001)
            }
        network = NetworkUnderTest(probe, fixture.samples([0, 1], of: golden), labels: [0, 1], seed: 0, on: path)
        self.golden = golden
        self.path = path
        schedule = Schedule(rate: golden.rate, epochs: Double(fixture.epochs), warmup: golden.warmup)
        let tensors = network.parameters.layout.tensors
        try #require(tensors.map(\.count) == golden.counts)
        moments = tensors.map { [optimizer] in Array(repeating: 0, count: optimizer.momentCount * $0.count) }
        for (tensor, start) in golden.starts.enumerated() {
            for index in network.parameters[tensor].indices {
                network.parameters[tensor][index] =
                    start.offset + start.scale * ParityFixture.uniform(stream: tensor + 1, index)
            }
        }
    }

    /// Takes a step on a batch.
    ///
    /// - Returns: The loss before it.
    func step(_ batch: [Int], epoch: Double) -> Double {
        (network.tokens, network.labels) = (
            ParityFixture.shared.samples(batch, of: golden), batch.map { ParityFixture.shared.labels[$0] }
        )
        let loss = network.loss()
        let rate = schedule.learningRate(atEpoch: epoch)
        for tensor in moments.indices {
            moments[tensor].withUnsafeMutableBufferPointer { moments in
                guard let start = moments.baseAddress else { return }
                optimizer.move(
                    network.parameters[tensor], against: network.gradients[tensor], moments: start,
                    isDecayed: golden.decayed[tensor],
                    at: OptimizerStep(learningRate: rate, weightDecay: golden.decay, index: steps), on: path)
            }
        }
        steps += 1
        return loss
    }

    /// Logits by the running statistics.
    func logits(_ batch: [Int]) -> [Double] {
        (network.tokens, network.labels) = (
            ParityFixture.shared.samples(batch, of: golden), batch.map { ParityFixture.shared.labels[$0] }
        )
        return network.logits()
    }
}
