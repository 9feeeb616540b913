import Numerics
import Sweeps
import Testing
import Units

@testable import Training

@Suite("Optimisers")
struct OptimizerTests {
    /// One tensor with what its optimiser remembers.
    private final class Tensor {
        var values: [Double]
        private var moments: [Double]
        private let treatment: TensorTreatment
        private let optimizer: any Optimizer
        private let path: KernelPath
        private var steps = 0

        init(
            _ values: [Double], isDecayed: Bool, unit: Double = 1, _ optimizer: any Optimizer, on path: KernelPath
        ) {
            self.values = values
            treatment = TensorTreatment(isDecayed: isDecayed, isMatrix: isDecayed, unit: unit)
            self.optimizer = optimizer
            self.path = path
            moments = Array(repeating: 0, count: optimizer.momentCount * values.count)
        }

        func step(_ gradient: [Double], rate: Double, decay: Double = 0) {
            var gradient = gradient
            values.withUnsafeMutableBufferPointer { values in
                gradient.withUnsafeMutableBufferPointer { gradient in
                    moments.withUnsafeMutableBufferPointer { moments in
                        optimizer.move(
                            values, against: gradient, moments: moments.baseAddress!, treatment: treatment,
                            at: OptimizerStep(learningRate: rate, weightDecay: decay, index: steps),
                            on: path)
                    }
                }
            }
            steps += 1
        }
    }

    private func expectClose(_ values: [Double], _ expected: [Double], within tolerance: Double = 1e-8) {
        #expect(values.count == expected.count)
        for (value, expected) in zip(values, expected) {
            #expect(abs(value - expected) <= tolerance, "\(value) is not \(expected)")
        }
    }

    @Test("LARS takes the steps of the official code", arguments: KernelPath.available)
    func lars(path: KernelPath) {
        let optimizer = LARS(momentum: 0.9, trust: 0.001)
        let weight = Tensor([1, 2, 3, 4], isDecayed: true, optimizer, on: path)
        let bias = Tensor([0.5, -0.5], isDecayed: false, optimizer, on: path)
        let query = Tensor([0, 0], isDecayed: true, optimizer, on: path)
        weight.step([0.1, 0.2, 0.3, 0.4], rate: 1.6)
        bias.step([0.1, 0.1], rate: 1.6)
        query.step([0.5, 0.5], rate: 1.6)
        expectClose(weight.values, [0.9984, 1.9968, 2.9952, 3.9936])
        expectClose(bias.values, [0.34, -0.66])
        expectClose(query.values, [-0.8, -0.8])
        weight.step([-0.1, 0, 0.2, 0.1], rate: 1.6)
        bias.step([0, 0.2], rate: 1.6)
        query.step([0.1, -0.3], rate: 1.6)
        expectClose(weight.values, [1.00053198, 1.99392, 2.98373603, 3.98426802])
        expectClose(bias.values, [0.196, -1.124])
        expectClose(query.values, [-1.52057243, -1.51828270])
    }

    @Test("LARS adds weight decay before it takes the norm of the gradient", arguments: KernelPath.available)
    func larsWithDecay(path: KernelPath) {
        let weight = Tensor([3, 4], isDecayed: true, LARS(momentum: 0, trust: 0.1), on: path)
        weight.step([0, 1], rate: 1, decay: 0.5)
        // g = (1.5, 3), λ = 0.1 · 5/√11.25.
        let ratio = 0.1 * 5 / 11.25.squareRoot()
        expectClose(weight.values, [3 - 1.5 * ratio, 4 - 3 * ratio], within: 1e-12)
    }

    @Test("SGD adds momentum and weight decay as PyTorch does", arguments: KernelPath.available)
    func sgd(path: KernelPath) {
        let weight = Tensor([1, -2], isDecayed: true, SGD(momentum: 0.9), on: path)
        weight.step([0.5, 0.1], rate: 0.1, decay: 0.01)
        expectClose(weight.values, [1 - 0.1 * 0.51, -2 - 0.1 * 0.08], within: 1e-12)
        weight.step([0.2, 0.3], rate: 0.1, decay: 0.01)
        let first = 0.949 - 0.1 * (0.9 * 0.51 + 0.2 + 0.01 * 0.949)
        let second = -2.008 - 0.1 * (0.9 * 0.08 + 0.3 - 0.01 * 2.008)
        expectClose(weight.values, [first, second], within: 1e-12)
    }

    @Test("AdamW has decoupled weight decay and bias correction", arguments: KernelPath.available)
    func adamW(path: KernelPath) {
        let weight = Tensor([1], isDecayed: true, AdamW(beta1: 0.9, beta2: 0.95), on: path)
        weight.step([0.5], rate: 0.01, decay: 0.1)
        // The first step has the size of the rate whatever the gradient.
        expectClose(weight.values, [1 - 0.001 - 0.01 * 0.5 / (0.5 + 1e-8)], within: 1e-12)
        let before = weight.values[0]
        weight.step([-0.2], rate: 0.01, decay: 0.1)
        let mean = (0.9 * 0.05 - 0.1 * 0.2) / (1 - 0.81)
        let square = (0.95 * 0.0125 + 0.05 * 0.04) / (1 - 0.9025)
        expectClose(
            weight.values, [before * (1 - 0.001) - 0.01 * mean / (square.squareRoot() + 1e-8)], within: 1e-12)
    }

    @Test(
        "A tensor with a unit r takes the steps of the tensor p/r", arguments: ["adamw", "sgd"], KernelPath.available)
    func unit(_ name: String, path: KernelPath) throws {
        let optimizer = try #require(OptimizerCatalog.optimizer(UnitsUnderTest.gradient(optimizer: name)))
        let r = 4.0
        let tensor = Tensor([1, -2], isDecayed: true, unit: r, optimizer, on: path)
        let scaled = Tensor([1 / r, -2 / r], isDecayed: true, optimizer, on: path)
        for gradient in [[0.5, 0.1], [-0.2, 0.3], [0.4, 0.4]] {
            tensor.step(gradient, rate: 0.01, decay: 0.1)
            scaled.step(gradient.map { r * $0 }, rate: 0.01, decay: 0.1)
        }
        expectClose(tensor.values, scaled.values.map { r * $0 }, within: 1e-6)
    }

    @Test("LARS's steps with a trust ratio do not depend on a tensor's unit", arguments: KernelPath.available)
    func unitOfLARS(path: KernelPath) {
        let optimizer = LARS(momentum: 0.9, trust: 0.001)
        let tensors = [1, 4].map { Tensor([1, -2], isDecayed: true, unit: $0, optimizer, on: path) }
        for tensor in tensors { tensor.step([0.5, 0.1], rate: 1, decay: 0.1) }
        #expect(tensors[0].values == tensors[1].values)
    }

    @Test("Biases are not decayed", arguments: OptimizerCatalog.names, KernelPath.available)
    func biases(_ name: String, path: KernelPath) throws {
        var settings = UnitsUnderTest.gradient(optimizer: name)
        settings.momentum = 0
        let optimizer = try #require(OptimizerCatalog.optimizer(settings))
        let (decayed, plain) = (
            Tensor([2], isDecayed: false, optimizer, on: path), Tensor([2], isDecayed: false, optimizer, on: path)
        )
        decayed.step([0.1], rate: 0.1, decay: 0.5)
        plain.step([0.1], rate: 0.1, decay: 0)
        #expect(decayed.values == plain.values)
    }

    @Test(
        "The rate warms up and falls along a cosine",
        arguments: [(0.0, 0.0), (0.5, 0.08), (5, 0.8), (10, 1.6), (50, 0.8), (89.5, 1.54e-4)])
    func schedule(_ epoch: Double, _ rate: Double) {
        let schedule = Schedule(rate: 1.6, epochs: 90, warmup: 10)
        #expect(abs(schedule.learningRate(atEpoch: epoch) - rate) < 1e-6)
    }

    @Test("A constant rate warms up and stays", arguments: [(0.0, 0.0), (5, 0.8), (10, 1.6), (50, 1.6), (89.5, 1.6)])
    func constantRate(_ epoch: Double, _ rate: Double) {
        let schedule = Schedule(rate: 1.6, epochs: 90, warmup: 10, isConstant: true)
        #expect(abs(schedule.learningRate(atEpoch: epoch) - rate) < 1e-6)
    }
}
