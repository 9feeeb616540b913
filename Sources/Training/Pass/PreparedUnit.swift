import Features
import Identities
import Metrics
import Numerics
import Probes
import Units

/// A unit of a pass with everything that is looked up once.
final class PreparedUnit: Sendable {
    let unit: ProbeUnit
    let key: UnitKey
    let task: FeatureTask
    let rows: FoldRows
    let probe: any Probe
    /// What it starts from; nil where all of it is drawn.
    let weights: FeatureWeights?

    init(
        unit: ProbeUnit, key: UnitKey, task: FeatureTask, rows: FoldRows, probe: any Probe, weights: FeatureWeights?
    ) {
        self.unit = unit
        self.key = key
        self.task = task
        self.rows = rows
        self.probe = probe
        self.weights = weights
    }

    /// Numbers that its head gives for a sample.
    var outputs: Int { task.outputs }

    /// Scores `[rows, outputs]` beside what is true of these rows of the task.
    func prediction(_ scores: [Float], of rows: [Int]) -> Prediction {
        Prediction(scores: scores, truth: task.truth(rows))
    }

    /// What choices are made by: the loss on held-back rows where there is one, the task's metric where that is asked
    /// for, where the loss compares rows with each other, and where the test fold chooses as the literature does.
    var criterion: TrainingDiagnostics.Criterion {
        let selection = unit.solver.selection
        return selection.isOptimistic || selection.by == "metric" || unit.task.trainingLoss == .pairwise
            ? .metric : .loss
    }

    /// How good a head is on rows that are held back from it; of no use where outputs are not finite.
    ///
    /// - Parameters:
    ///   - outputs: `[rows, outputs]`, numbers in the unit of the task.
    ///   - targets: What the head was taught.
    func innerScore(_ outputs: [Float], on rows: [Int], taught targets: TrainingTargets?) -> InnerScore? {
        guard outputs.allSatisfy(\.isFinite) else { return nil }
        return InnerScore(
            rowLosses: targets?.rowLosses(outputs, of: rows),
            metric: prediction(outputs, of: rows).value(of: unit.task.metric))
    }

    /// The task's metric on some rows; nil where it has no value.
    func metric(_ scores: [Float], on rows: [Int]) -> Double? {
        prediction(scores, of: rows).value(of: unit.task.metric)
    }

    /// The task's metric on some rows, the worst score where it is undefined.
    func score(_ scores: [Float], on rows: [Int]) -> Double {
        metric(scores, on: rows) ?? Scoring.worst(unit.task.metric)
    }

    /// What heads that train on some rows are taught.
    func targets(_ rows: [Int]) -> TrainingTargets {
        TrainingTargets(task, unit.task, classWeights: unit.solver.classWeights, rows: rows)
    }

    /// Rows that the tested head was trained on.
    var testedTrainingRows: [Int] {
        guard type(of: unit.solver.method).usesTrainingRows else { return [] }
        return unit.solver.selection.trainsAgain ? rows.fold : rows.inner[0].training
    }

    /// What it reads of a sample once.
    ///
    /// - Throws: `TrainingError` for a probe that pools by what it learns.
    var pooledInput: PooledInput {
        get throws(TrainingError) {
            if case .pooled(let input) = probe.reading { return input }
            throw TrainingError(
                field: "solver", problem: "probes of type \(unit.probe.type) are trained by gradient",
                remedy: "leave the solver out")
        }
    }

    /// The choice of a penalty, and how many principal components there were where they are read.
    func choice(penalty: Double, _ vectors: VectorReader) -> [String: Double] {
        var choice = ["penalty": penalty]
        choice["components"] = vectors.preparation?.components.map(Double.init)
        return choice
    }

    /// Refuses a choice that there are no rows to make by.
    ///
    /// - Parameters:
    ///   - count: Candidates.
    ///   - candidates: What they are, in the plural.
    ///   - single: What to give instead.
    func check(canChooseAmong count: Int, _ candidates: String, orGive single: String) throws(TrainingError) {
        guard rows.canChoose || count == 1 else {
            throw TrainingError(
                field: "solver.selection.fraction",
                problem: "\(count) \(candidates), and no rows of the training fold to compare them on",
                remedy: "hold back a larger share, or give \(single)")
        }
    }

    /// Samples of the layer at rows of the task.
    func samples(_ rows: [Int]) -> [Int] {
        rows.map { task.samples[$0] }
    }

    /// What the test rows say of the figure that is measured on them.
    private func observations(_ prediction: Prediction) -> TestObservations {
        let metric = unit.task.metric
        return TestObservations(
            chance: prediction.chance(of: metric), leastPositives: prediction.leastPositives(among: occurring),
            undefined: prediction.undefinedReason(metric).map { [metric: $0] })
    }

    /// The classes or labels that the task has rows of; nil for numbers, and for yes or no.
    private var occurring: [Int]? {
        switch task.targets {
        case .classes(let labels) where task.outputs > 1: Set(labels).map(Int.init).sorted()
        case .indicators(let indicators):
            (0..<task.outputs).filter { output in
                stride(from: output, to: indicators.count, by: task.outputs).contains { indicators[$0] == 1 }
            }
        case .classes, .scores: nil
        }
    }

    /// The unit's result, scored on its test fold.
    ///
    /// - Parameters:
    ///   - logits: `[test rows, outputs]`.
    ///   - seconds: This unit's share of the pass's time.
    func trained(
        logits: [Float], choice: [String: Double], candidateScores: [Double], diagnostics: TrainingDiagnostics,
        parameters: Int, trainingMACs: Double, head: @autoclosure @escaping @Sendable () -> TrainedHead?,
        seconds: Double,
        settings: PassSettings
    ) -> TrainedUnit {
        var provenance = settings.provenance
        provenance.seconds = seconds
        provenance.kernelPath = settings.kernel.rawValue
        provenance.threads = settings.threads
        provenance.blasThreads = 1
        let prediction = prediction(logits, of: rows.test)
        var metrics = prediction.metrics
        metrics[unit.task.metric] = metrics[unit.task.metric] ?? prediction.value(of: unit.task.metric)
        let result = UnitResult(
            key: key, metrics: metrics, choice: choice, candidateScores: candidateScores,
            trainingSamples: testedTrainingRows.count,
            testSamples: rows.test.count, parameters: parameters, trainingMACs: trainingMACs,
            diagnostics: diagnostics, observations: observations(prediction), provenance: provenance)
        return TrainedUnit(
            result: result, predictions: Predictions(rows: rows.test, outputs: outputs, scores: logits), head: head)
    }
}
