import Features
import Foundation
import Numerics
import Probes
import Testing
import Units

@testable import Training

@Suite("A grid of candidates")
struct CandidateGridTests {
    private static func settings(_ rates: [Double], decays: [Double] = [0.05], extend: Int = 2) -> GradientSettings {
        GradientSettings(
            optimizer: "adamw", momentum: 0.9, beta2: 0.999, trust: 0, learningRates: rates, weightDecays: decays,
            epochs: 4, warmup: 0, batch: 8, extend: extend)
    }

    private static func losses(_ levels: [Float], noise: Float = 0.01) -> [CandidateLoss] {
        levels.enumerated().map { place, level in
            CandidateLoss(rowLosses: (0..<40).map { level + noise * Float(($0 * 7 + place * 3) % 5) })
        }
    }

    @Test("is extended by the ratio of its last two rates, beyond the end that is clearly better, up to its bound")
    func extends() throws {
        var grid = CandidateGrid(Self.settings([0.01, 0.1]))
        let first = try #require(grid.nextRate(chosen: 1, Self.losses([2, 1])))
        #expect(abs(first - 1) < 1e-12)
        grid.add(first)
        #expect(grid.latest == 2..<3)
        #expect(grid.candidates[2].learningRate == first)
        let second = try #require(grid.nextRate(chosen: 2, Self.losses([3, 2, 1])))
        grid.add(second)
        #expect(grid.nextRate(chosen: 3, Self.losses([4, 3, 2, 1])) == nil, "two are the most")
        #expect(grid.edges(of: grid.candidates[3]) == ["learningRate": .highest])
        #expect(grid.edges(of: grid.candidates[2]).isEmpty)
    }

    @Test("is extended at its lower end too")
    func downwards() throws {
        let grid = CandidateGrid(Self.settings([0.01, 0.1, 1]))
        let rate = try #require(grid.nextRate(chosen: 0, Self.losses([1, 2, 3])))
        #expect(abs(rate - 0.001) < 1e-12)
    }

    @Test("is left as it is within one standard error, inside of its ends, and where it may not be extended")
    func keeps() {
        let grid = CandidateGrid(Self.settings([0.01, 0.1, 1]))
        #expect(grid.nextRate(chosen: 1, Self.losses([2, 1, 2])) == nil)
        #expect(grid.nextRate(chosen: 2, Self.losses([2, 1.0001, 1], noise: 0.5)) == nil)
        #expect(grid.nextRate(chosen: 2, Self.losses([1, 1, 1], noise: 0)) == nil)
        #expect(CandidateGrid(Self.settings([0.1])).nextRate(chosen: 0, Self.losses([1])) == nil)
        let fixed = CandidateGrid(Self.settings([0.01, 0.1], extend: 0))
        #expect(fixed.nextRate(chosen: 1, Self.losses([2, 1])) == nil)
    }

    @Test("brings every weight decay with an added rate, the strongest first")
    func decays() {
        var grid = CandidateGrid(Self.settings([0.1, 1], decays: [0, 0.1]))
        #expect(grid.candidates.map(\.weightDecay) == [0.1, 0, 0.1, 0])
        grid.add(10)
        #expect(grid.latest == 4..<6)
        #expect(grid.candidates.suffix(2).map(\.weightDecay) == [0.1, 0])
    }
}

@Suite("The choice among candidates")
struct UnitSelectionTests {
    private static func selection(
        by criterion: TrainingDiagnostics.Criterion, rates: [Double] = [0.01, 0.1, 1]
    ) throws -> UnitSelection {
        let settings = GradientSettings(
            optimizer: "adamw", momentum: 0.9, beta2: 0.999, trust: 0, learningRates: rates, weightDecays: [0.05],
            epochs: 4, warmup: 0, batch: 8)
        let probe = try ProbeCatalog.probe(
            ProbeConfiguration(type: "linear", options: ["input": .text("mean")]),
            shape: ProbeShape(width: 3, tokens: 2...2, classes: 2, hasClassToken: false, trainingSamples: 8))
        let network = ProbeNetwork(try #require(probe as? any GradientProbe))
        return UnitSelection(CandidateGrid(settings), epochs: 4, by: criterion, metric: "top1", network: network)
    }

    private static func score(_ loss: Float, _ metric: Double?) -> InnerScore {
        InnerScore(rowLosses: [loss, loss + 0.5, loss - 0.5], metric: metric)
    }

    @Test("goes by the loss, whatever the metric says")
    func byLoss() throws {
        var selection = try Self.selection(by: .loss)
        let taken1 = selection.note(Self.score(2, 0.9), of: 0, after: 1)
        #expect(taken1)
        let taken2 = selection.note(Self.score(1, 0.8), of: 1, after: 1)
        #expect(taken2)
        let taken3 = selection.note(Self.score(1.5, 1), of: 2, after: 1)
        #expect(!taken3)
        #expect(selection.candidate == 1)
        #expect(selection.scores == [0.9, 0.8, 1])
    }

    @Test("takes the smaller rate of equal candidates, and the latest of one's equal epochs")
    func ties() throws {
        var selection = try Self.selection(by: .loss)
        let taken4 = selection.note(Self.score(1, 0.5), of: 1, after: 1)
        #expect(taken4)
        let taken5 = selection.note(Self.score(1, 0.5), of: 2, after: 1)
        #expect(!taken5)
        let taken6 = selection.note(Self.score(1, 0.5), of: 1, after: 2)
        #expect(taken6)
        #expect(selection.epochs == 2)
        let taken7 = selection.note(Self.score(1, 0.5), of: 0, after: 3)
        #expect(taken7)
        #expect(selection.candidate == 0 && selection.epochs == 3)
    }

    @Test("goes by the loss where a metric that is asked for has no value, and says so")
    func undefined() throws {
        var selection = try Self.selection(by: .metric)
        let taken8 = selection.note(Self.score(2, nil), of: 0, after: 1)
        #expect(taken8)
        let taken9 = selection.note(Self.score(1, nil), of: 1, after: 1)
        #expect(taken9)
        let taken10 = selection.note(Self.score(3, nil), of: 2, after: 1)
        #expect(!taken10)
        let found = selection.diagnostics(chooses: true, innerRows: 3, steps: 9, trainingScore: nil)
        #expect(found.chosenBy == .loss)
        #expect(found.undefined?.contains("top1 has no value on the 3 rows") == true)
        #expect(found.diverged == nil)
        let taken11 = selection.note(Self.score(9, 0.1), of: 2, after: 2)
        #expect(taken11, "a value is better than none")
    }

    @Test("names candidates whose losses were not finite, and never takes them")
    func diverged() throws {
        var selection = try Self.selection(by: .loss)
        let taken12 = selection.note(InnerScore(rowLosses: [.infinity, 1, 1], metric: 1), of: 2, after: 1)
        #expect(!taken12)
        #expect(selection.candidate == nil)
        let taken13 = selection.note(Self.score(1, 0.5), of: 0, after: 1)
        #expect(taken13)
        let taken14 = selection.note(Self.score(0.9, 0.5), of: 1, after: 1)
        #expect(taken14)
        let found = selection.diagnostics(chooses: true, innerRows: 3, steps: 9, trainingScore: 0.7)
        #expect(found.diverged == [2])
        #expect(found.losses[2] == .greatestFiniteMagnitude && found.losses[0] < 2)
        #expect(found.edges.isEmpty && found.trainingScore == 0.7)
    }

    @Test(
        "says that the last epoch was chosen only where the last quarter of the epochs still lowered the loss clearly")
    func lastEpoch() throws {
        func chosen(_ losses: [Float]) throws -> TrainingDiagnostics {
            var selection = try Self.selection(by: .loss, rates: [0.1])
            for (epoch, loss) in losses.enumerated() {
                let rows = (0..<30).map { loss + 0.01 * Float($0 % 3 - 1) * Float(epoch % 2) }
                _ = selection.note(InnerScore(rowLosses: rows, metric: 0.5), of: 0, after: epoch + 1)
            }
            return selection.diagnostics(chooses: true, innerRows: 30, steps: 4, trainingScore: nil)
        }
        #expect(try chosen([4, 3, 2, 1]).isLastEpoch)
        #expect(try chosen([4, 3, 1, 0.9999]).isLastEpoch == false)
        #expect(try chosen([4, 1, 2, 3]).isLastEpoch == false)
    }
}

@Suite("Losses of rows")
struct RowLossTests {
    private static func targets(
        _ kind: String, _ rows: Int, outputs: Int, classWeights: String? = nil
    ) throws -> (TrainingTargets, [Float]) {
        let task = try #require(Self.tasks(rows, outputs)[kind])
        let reference = TaskReference(name: "t", digest: "0", kind: kind, classes: outputs, metric: task.metric)
        let logits = (0..<rows * outputs).map { Float(($0 * 37) % 23 - 11) / 4 }
        return (TrainingTargets(task, reference, classWeights: classWeights, rows: Array(0..<rows)), logits)
    }

    private static func tasks(_ rows: Int, _ outputs: Int) -> [String: FeatureTask] {
        let all = Array(0..<rows)
        return [
            "classification": FeatureTask(
                name: "t", kind: .classification, metric: "top1", classes: outputs, samples: all,
                targets: .classes(all.map { Int32($0 * $0 % outputs) })),
            "multilabel": FeatureTask(
                name: "t", kind: .multilabel, metric: "macro-average-precision", classes: outputs, samples: all,
                targets: .indicators((0..<rows * outputs).map { UInt8($0 % 3 == 0 ? 1 : 0) })),
            "regression": FeatureTask(
                name: "t", kind: .regression, metric: "r2", classes: 1, samples: all,
                targets: .scores(all.map { 100 + Float($0 % 7) })),
        ]
    }

    @Test("have the loss of the whole as their mean", arguments: ["classification", "multilabel", "regression"])
    func mean(_ kind: String) throws {
        let (rows, outputs) = (21, kind == "regression" ? 1 : 4)
        let (targets, logits) = try Self.targets(kind, rows, outputs: outputs)
        // Training sees standardised numbers, and choices see them in the unit of the task.
        let outputsOfTask = targets.scale.map { logits.map($0.restored) } ?? logits
        let losses = try #require(targets.rowLosses(outputsOfTask, of: Array(0..<rows)))
        let batch = BatchTargets(targets, capacity: rows)
        (0..<Int32(rows)).map { $0 }.withUnsafeBufferPointer { batch.load($0) }
        let whole = logits.withUnsafeBufferPointer { values in
            let matrix = Matrix<Double>(rows: rows, columns: outputs)
            for place in 0..<rows * outputs { matrix.elements[place] = Double(values[place]) }
            return withExtendedLifetime(matrix) { batch.objective.differentiate(matrix.view, on: .portable) }
        }
        let mean = losses.reduce(0) { $0 + Double($1) } / Double(rows)
        #expect(abs(mean - whole) < 1e-5 * max(1, whole), "\(mean), \(whole)")
    }

    @Test("are not numbers where logits are not, and stay finite where exponentials overflow")
    func extremes() throws {
        let (targets, _) = try Self.targets("multilabel", 1, outputs: 4)
        #expect(targets.rowLosses([0, .nan, 0, 0], of: [0])?[0].isNaN == true)
        #expect(targets.rowLosses([-1e30, 1e30, 0, 0], of: [0])?[0].isFinite == true)
        let (classes, _) = try Self.targets("classification", 1, outputs: 4)
        #expect(classes.rowLosses([1e30, 0, -1e30, 0], of: [0])?[0] == 0)
        #expect(classes.rowLosses([.nan, 0, 0, 0], of: [0])?[0].isNaN == true)
    }
}
