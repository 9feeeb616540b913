import Features
import Identities
import Numerics
import Probes
import Testing
import Units

@testable import Training

@Suite("Protocols, shots and controls")
struct ProtocolTests {
    private static func unit(
        _ selection: SelectionSettings, _ settings: any TrainingMethod, _ type: String = "linear",
        shots: Shots? = nil
    ) throws -> ProbeUnit {
        let options: [String: OptionValue] = type == "efficient" ? ["queries": .integer(4)] : [:]
        var unit = try UnitsUnderTest.unit(type, options, solver: Solver(settings, selection: selection))
        unit.shots = shots
        return unit
    }

    private static func result(_ unit: ProbeUnit, in set: SyntheticSet) throws -> UnitResult {
        try #require(try set.train([unit])[unit.key]?.trained).result
    }

    private static let split = SelectionSettings(fraction: 0.2, refit: false)

    private static func paired(_ selection: SelectionSettings) -> SelectionSettings {
        var paired = selection
        paired.protocol = "paired"
        return paired
    }

    @Test(
        "With one candidate and no choice of epoch the test fold's choice adds exactly nothing",
        arguments: [
            split, SelectionSettings(fraction: 0.2, refit: true), SelectionSettings(fraction: 0, refit: true, folds: 3),
        ])
    func noChoice(_ selection: SelectionSettings) throws {
        let set = try SyntheticSet()
        var selection = selection
        selection.epoch = "last"
        let gradient = UnitsUnderTest.gradient(rates: [0.1])
        let solvers: [(any TrainingMethod, String)] = [
            (gradient, "linear"), (gradient, "efficient"), (RidgeSettings.standard.fixed, "linear"),
            (LogisticSettings.standard.fixed, "linear"), (NeighbourSettings.standard.fixed, "knn"),
        ]
        var extra = Shots(perClass: 3, draw: 1)
        extra.validation = selection.folds == nil ? "extra" : nil
        for shots in [nil, Shots(perClass: 5, draw: 1), Shots(share: 0.5, draw: 0), extra] {
            for (settings, type) in solvers {
                let honest = try Self.result(try Self.unit(selection, settings, type, shots: shots), in: set)
                let best = try Self.result(
                    try Self.unit(Self.paired(selection), settings, type, shots: shots), in: set)
                #expect(honest.metrics == best.metrics, "\(type), \(settings), \(String(describing: shots))")
                #expect(honest.trainingSamples == best.trainingSamples)
            }
        }
    }

    @Test("The best of the same trajectories on the test fold is never worse than what the inner split chose")
    func optimism() throws {
        let set = try SyntheticSet()
        for selection in [Self.split, SelectionSettings(fraction: 0.2, refit: true)] {
            for fold in 0..<3 {
                var honest = try Self.unit(selection, UnitsUnderTest.gradient(rates: [0.001, 0.1, 0.5]))
                honest.fold.heldOut = fold
                var best = honest
                best.solver.selection = Self.paired(selection)
                let metrics = try [honest, best].map { try Self.result($0, in: set).metrics["top1"] ?? -1 }
                #expect(metrics[1] >= metrics[0], "fold \(fold)")
            }
        }
    }

    @Test(
        "k samples of a class are all that a unit of k shots sees, whether it chooses or not", arguments: [1, 3, 4, 6])
    func shots(_ count: Int) throws {
        let set = try SyntheticSet()
        let task = try set.set.task("all")
        // As plans have them, see HeadIdentities.
        let selection =
            count < 4
            ? SelectionSettings(fraction: 0, refit: false, epoch: "last")
            : SelectionSettings(fraction: 0, refit: true, folds: min(count, 5))
        for draw in 0..<3 {
            let rows = try FoldRows(
                task: task, fold: FoldReference(scheme: "stratified", count: 3, seed: 0, repetition: 0, heldOut: 0),
                selection: selection, shots: Shots(perClass: count, draw: draw))
            #expect(rows.fold.count == count * SyntheticSet.classes)
            #expect(Set(rows.inner.flatMap { $0.training + $0.validation }) == Set(rows.fold))
            #expect(rows.canChoose == (count >= 4))
            if count < 4 { #expect(rows.inner[0].training == rows.fold) }
        }
    }

    @Test("In the field's habit min(k, 4) more of each class are there to choose by")
    func extraShots() throws {
        let set = try SyntheticSet()
        var shots = Shots(perClass: 5, draw: 0)
        shots.validation = "extra"
        let rows = try FoldRows(
            task: try set.set.task("all"),
            fold: FoldReference(scheme: "stratified", count: 3, seed: 0, repetition: 0, heldOut: 0),
            selection: SelectionSettings(fraction: 0.3, refit: false), shots: shots)
        #expect(rows.inner[0].training.count == 20 && rows.inner[0].validation.count == 16)
    }

    @Test("A pass with permuted labels beside the real ones learns nothing from them, and changes no other unit")
    func null() throws {
        let set = try SyntheticSet()
        for settings: any TrainingMethod in [
            UnitsUnderTest.gradient(), RidgeSettings.standard, LogisticSettings.standard,
        ] {
            let real = try (0..<3).map { fold in
                var unit = try Self.unit(Self.split, settings)
                unit.fold.heldOut = fold
                return unit
            }
            let null = real.flatMap { unit in
                (0..<3).map { seed in
                    var unit = unit
                    unit.task = unit.task.permuted(by: seed)
                    unit.control = .null
                    return unit
                }
            }
            let alone = try set.train(real)
            let together = try set.train(real + null)
            for unit in real {
                #expect(alone[unit.key]?.trained?.head == together[unit.key]?.trained?.head, "\(settings)")
            }
            let scores = null.compactMap { together[$0.key]?.trained?.result.metrics["top1"] }
            #expect(scores.count == 9)
            let mean = scores.reduce(0, +) / 9
            #expect(abs(mean - 0.25) < 0.09, "\(settings): \(mean)")
        }
    }

    @Test("Ridge regression on permuted labels has the sums of its own rows, whichever units are beside it")
    func permutedRidge() throws {
        let set = try SyntheticSet()
        var unit = try Self.unit(Self.split, RidgeSettings.standard)
        unit.task = unit.task.permuted(by: 4)
        unit.control = .null
        let result = try Self.result(unit, in: set)
        // One draw of all samples is what a sum over the fold's rows is made of, too.
        var direct = unit
        direct.shots = Shots(share: 0.999_999, draw: 0)
        let again = try Self.result(direct, in: set)
        #expect(result.trainingSamples == again.trainingSamples)
        #expect(abs((result.metrics["top1"] ?? 0) - (again.metrics["top1"] ?? 1)) < 1e-9)
    }

    @Test("The classes of the training rows alone score as the majority does")
    func majority() throws {
        let set = try SyntheticSet()
        var unit = try Self.unit(Self.split, PriorSettings.standard)
        unit.control = .majority
        let result = try Self.result(unit, in: set)
        #expect(abs((result.metrics["top1"] ?? 0) - 0.25) < 0.05)
        #expect(abs((result.metrics["log-loss"] ?? 0) - 1.386) < 0.02)
        #expect(result.parameters == 0)
        for (kind, metric) in [("regression", "r2"), ("binary", "average-precision"), ("multilabel", "micro-f1")] {
            var other = try UnitsUnderTest.unit(
                kind: kind, metric: metric, solver: Solver(PriorSettings.standard, selection: Self.split))
            other.control = .majority
            let metrics = try Self.result(other, in: set).metrics
            if kind == "regression" { #expect(abs(metrics["r2"] ?? 1) < 0.1) }
            #expect(!metrics.isEmpty, "\(kind)")
        }
    }

    @Test("A frozen uniform attention leaves its queries as they are, and predicts no better than one that learns")
    func uniform() throws {
        let set = try SyntheticSet()
        let units = try (0..<3).map { fold in
            var settings = UnitsUnderTest.gradient(epochs: 30)
            settings.weightDecays = [0]
            var unit = try Self.unit(Self.split, settings, "efficient")
            unit.fold.heldOut = fold
            unit.control = .uniform
            return unit
        }
        let outcomes = try set.train(units)
        for unit in units {
            let head = try #require(outcomes[unit.key]?.trained?.head)
            let queries = try #require(head.tensors.first { $0.name == "queries" })
            // Frozen queries have no gradient, and stay at their first values, of deviation 0.02.
            #expect((queries.values.map(abs).max() ?? 1) < 0.1)
        }
        let free = units.map { unit in
            var unit = unit
            unit.control = nil
            return unit
        }
        let learned = try set.train(free)
        for (one, other) in zip(units, free) {
            let queries = try #require(learned[other.key]?.trained?.head?.tensors.first { $0.name == "queries" })
            #expect((queries.values.map(abs).max() ?? 0) > 0.12)
            let scores = [outcomes[one.key], learned[other.key]].map { $0?.trained?.predictions.scores }
            #expect(scores[0] != scores[1])
        }
        func mean(_ outcomes: [UnitKey: TrainingOutcome]) -> Double {
            let scores = outcomes.values.compactMap { $0.trained?.result.metrics["top1"] }
            return scores.reduce(0, +) / Double(scores.count)
        }
        #expect(mean(outcomes) <= mean(learned) + 0.05)
    }

    @Test("Every result says how its head was found")
    func diagnostics() throws {
        let set = try SyntheticSet()
        let result = try Self.result(try Self.unit(Self.split, GradientSettings.standard), in: set)
        let found = try #require(result.diagnostics)
        #expect(found.chosenBy == .loss && found.losses.count == result.candidateScores.count)
        #expect(found.candidates["learningRate"]?.count == result.candidateScores.count)
        #expect((found.steps ?? 0) <= 25 * 20 && (found.steps ?? 0) > 0)
        #expect((found.trainingScore ?? 0) > (result.metrics["top1"] ?? 1) - 0.1)
        #expect(found.innerRows == 20)
    }
}
