import Features
import Numerics
import Probes
import Sweeps
import Synchronization
import TestKit
import Testing
import Units

@testable import Training

@Suite("Passes")
struct PassTests {
    /// The least is asked of the portable path, which has the same bits on every machine.
    @Test("Every kind of probe learns the signal, on every path as well as on the portable one")
    func learns() throws {
        let set = try SyntheticSet()
        for variety in try UnitsUnderTest.seeded(UnitsUnderTest.variety()) {
            // Fifty rows a fold say little of one head.
            let portable = try SeededScores(variety, in: set, by: "top1", on: .portable)
            let name = "\(variety[0].probe), \(variety[0].task.name)"
            #expect(portable.mean > 0.35, "\(name): \(portable.mean), chance is 0.25")
            for path in KernelPath.available where path != .portable {
                try SeededScores(variety, in: set, by: "top1", on: path).expectAlike(portable, step: 0.02, name)
            }
        }
    }

    @Test(
        "Training is tested on every kernel path",
        .enabled(if: KernelPath.missing == nil, "\(KernelPath.missing ?? "")"))
    func everyPath() {
        #expect(KernelPath.available == KernelPath.allCases)
    }

    @Test("Gradient units report the parameters of their tensors, and the scores of all candidates")
    func report() throws {
        let set = try SyntheticSet()
        let unit = try UnitsUnderTest.unit("efficient", ["queries": .integer(4), "output": .text("D/2")])
        let trained = try #require(try set.train([unit])[unit.key]?.trained)
        let head = try #require(trained.head)
        #expect(
            head.tensors.map(\.name) == [
                "queries", "value.weight", "head.weight", "head.bias", "norm.running_mean", "norm.running_var",
            ])
        #expect(trained.result.parameters == head.tensors.prefix(4).reduce(0) { $0 + $1.values.count })
        #expect(head.tensors.allSatisfy { $0.values.count == $0.shape.reduce(1, *) })
        #expect(trained.result.candidateScores.count == 2)
        #expect(trained.result.candidateScores.max() == Set(trained.result.candidateScores).max())
        let epoch = try #require(trained.result.choice["epoch"])
        #expect((1...8).contains(epoch))
        #expect(trained.result.trainingSamples + trained.result.testSamples < SyntheticSet.samples)
    }

    @Test("A refit trains on the whole training fold")
    func refit() throws {
        let set = try SyntheticSet()
        for type in ["linear", "knn", "efficient"] {
            let options: [String: OptionValue] = type == "efficient" ? ["queries": .integer(4)] : [:]
            let unit = try UnitsUnderTest.unit(type, options, refit: true)
            let result = try #require(try set.train([unit])[unit.key]?.trained).result
            #expect(result.trainingSamples + result.testSamples == SyntheticSet.samples, "\(type)")
        }
    }

    @Test("A unit whose candidates all diverge fails with the reason, and affects no other")
    func divergence() throws {
        let set = try SyntheticSet()
        let settings = UnitsUnderTest.gradient(optimizer: "sgd", rates: [1e30, 1e37])
        let lost = try UnitsUnderTest.unit(
            "efficient", ["queries": .integer(4)],
            solver: Solver(settings, selection: SelectionSettings(fraction: 0.2, refit: false)))
        let mate = try UnitsUnderTest.unit("efficient", ["queries": .integer(4)])
        let outcomes = try set.train([lost, mate])
        #expect(outcomes[lost.key]?.error?.problem.contains("infinite or NaN") == true)
        let alone = try set.train([mate])
        #expect(outcomes[mate.key]?.trained?.predictions == alone[mate.key]?.trained?.predictions)
    }

    @Test("A candidate that diverges has the worst score, and another is chosen")
    func partialDivergence() throws {
        let set = try SyntheticSet()
        let settings = UnitsUnderTest.gradient(optimizer: "sgd", rates: [1e37, 0.1])
        let unit = try UnitsUnderTest.unit(
            "linear", solver: Solver(settings, selection: SelectionSettings(fraction: 0.2, refit: false)))
        let result = try #require(try set.train([unit])[unit.key]?.trained).result
        #expect(result.candidateScores[0] == -Double.greatestFiniteMagnitude)
        #expect(result.choice["learningRate"] == 0.1)
    }

    @Test("Invalid units fail with the field at fault")
    func failures() throws {
        let set = try SyntheticSet()
        var unknownTask = try UnitsUnderTest.unit("linear")
        unknownTask.task.name = "nowhere"
        var pinned = try UnitsUnderTest.unit("linear")
        pinned.kernel = "abacus"
        var unfit = try UnitsUnderTest.unit("efficient", ["queries": .integer(4)])
        unfit.probe.options["queries"] = .integer(7)
        let unknownOptimizer = try UnitsUnderTest.unit(
            "linear",
            solver: Solver(
                UnitsUnderTest.gradient(optimizer: "adam"),
                selection: SelectionSettings(fraction: 0.2, refit: false)))
        let unchoosable = try UnitsUnderTest.unit(
            "linear",
            solver: Solver(
                UnitsUnderTest.gradient(), selection: SelectionSettings(fraction: 0, refit: false)))
        let units = [unknownTask, pinned, unfit, unknownOptimizer, unchoosable]
        let outcomes = try set.train(units)
        let fields = units.map { outcomes[$0.key]?.error?.field }
        #expect(
            fields == ["task.name", "kernel", "probe", "solver.gradient.optimizer", "solver.selection.fraction"])
    }

    @Test("Progress increases to the end")
    func progress() throws {
        let set = try SyntheticSet()
        let units = try UnitsUnderTest.variety().filter {
            !($0.solver.settings is LogisticSettings) && !$0.solver.selection.refit
        }
        let shares = Mutex<[Double]>([])
        let pass = Pass(
            units: units, layer: set.layer, tasks: try set.tasks(),
            settings: PassSettings(
                threads: 1, kernel: .portable, memoryBudget: 1 << 30,
                provenance: Provenance(
                    programVersion: "", kernelPath: "", host: "", worker: "", threads: 0, blasThreads: 0, attempt: 0,
                    seconds: 0)))
        try pass.run(PassObserver(finished: { _ in }, progressed: { share in shares.withLock { $0.append(share) } }))
        let seen = shares.withLock { $0 }
        #expect(seen == seen.sorted())
        #expect((seen.last ?? 0) > 0.9 && (seen.last ?? 2) <= 1)
    }
}
