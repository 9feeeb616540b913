import Features
import Numerics
import Probes
import Sweeps

/// A unit of a pass with everything that is looked up once.
final class PreparedUnit: Sendable {
    let unit: Unit
    let key: UnitKey
    let task: FeatureTask
    let rows: FoldRows
    let probe: any Probe
    /// What it starts from; nil where all of it is drawn.
    let weights: FeatureWeights?

    init(
        unit: Unit, key: UnitKey, task: FeatureTask, rows: FoldRows, probe: any Probe, weights: FeatureWeights?
    ) {
        self.unit = unit
        self.key = key
        self.task = task
        self.rows = rows
        self.probe = probe
        self.weights = weights
    }

    /// Labels of rows of the task, in the rows' order.
    func labels(_ rows: [Int]) -> [Int32] {
        let labels = task.labels
        return rows.map { labels[$0] }
    }

    /// Samples of the layer at rows of the task.
    func samples(_ rows: [Int]) -> [Int] {
        rows.map { task.samples[$0] }
    }

    /// The unit's result, scored on its test fold.
    ///
    /// - Parameters:
    ///   - logits: `[test rows, C]`.
    ///   - trainingRows: Rows that the tested head was trained on.
    ///   - seconds: This unit's share of the pass's time.
    func trained(
        logits: [Float], choice: [String: Double], candidateScores: [Double], trainingRows: Int, parameters: Int,
        trainingMACs: Double, head: TrainedHead?, seconds: Double, settings: PassSettings
    ) -> TrainedUnit {
        var provenance = settings.provenance
        provenance.seconds = seconds
        provenance.kernelPath = settings.kernel.rawValue
        provenance.threads = settings.threads
        provenance.blasThreads = BLAS.threads
        let result = UnitResult(
            key: key, metrics: Scoring.metrics(logits, classes: task.classes, labels: labels(rows.test)),
            choice: choice, candidateScores: candidateScores, trainingSamples: trainingRows,
            testSamples: rows.test.count, parameters: parameters, trainingMACs: trainingMACs, provenance: provenance)
        return TrainedUnit(
            result: result, predictions: Predictions(rows: rows.test, classes: task.classes, logits: logits), head: head)
    }
}
