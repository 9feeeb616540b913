import Attention
import Features
import Metrics
import Units

/// Scores a head under ablations on its test fold, a number of ablations at a time that fits into memory.
struct AblationScores {
    private let reader: AttentionReader
    private let unit: ProbeUnit
    private let task: FeatureTask
    /// Rows of the task.
    private let rows: [Int]
    /// Ablations whose logits are held at once.
    private let atOnce: Int

    /// Of the head with its own maps.
    let whole: AblatedScores

    /// - Parameters:
    ///   - predictions: The test fold's, by which the head was scored.
    ///   - memory: Bytes that logits may take.
    init(
        _ reader: AttentionReader, _ unit: ProbeUnit, _ task: FeatureTask, _ predictions: Predictions, memory: Int
    ) {
        self.reader = reader
        self.unit = unit
        self.task = task
        rows = predictions.rows
        let bytes = max(1, rows.count * reader.classes * MemoryLayout<Float>.size)
        atOnce = max(1, memory / bytes)
        whole = AblatedScores(
            Prediction(scores: predictions.scores, truth: task.truth(rows)), metric: unit.task.metric)
    }

    /// The samples of the layer that are tested.
    var samples: [Int] { rows.map { task.samples[$0] } }

    /// In the order of the ablations. Tokens are read once for every `atOnce` of them.
    ///
    /// - Parameter meanMap: `[N, M]`, where an ablation asks for it.
    func scores(_ ablations: [AttentionAblation], meanMap: [Float]? = nil) -> [AblatedScores] {
        let truth = task.truth(rows)
        return stride(from: 0, to: ablations.count, by: atOnce).flatMap { start in
            let part = Array(ablations[start..<min(start + atOnce, ablations.count)])
            return reader.logits(of: samples, under: part, meanMap: meanMap).map { logits in
                AblatedScores(Prediction(scores: logits, truth: truth), metric: unit.task.metric).beside(whole)
            }
        }
    }
}

/// A head's scores under an ablation.
struct AblatedScores {
    let scores: AttentionFindings.Scores
    /// Standard errors of the differences to the head without the ablation.
    private(set) var error: AttentionFindings.Scores?
    /// Of each sample, where the figure is their mean.
    private var metric, logLoss: [Double]?

    init(_ prediction: Prediction, metric name: String) {
        metric = prediction.sampleValues(of: name)
        logLoss = prediction.sampleValues(of: "log-loss")
        scores = AttentionFindings.Scores(
            metric: Self.mean(metric) ?? prediction.value(of: name),
            logLoss: Self.mean(logLoss) ?? prediction.value(of: "log-loss"))
    }

    private static func mean(_ values: [Double]?) -> Double? {
        values.map { $0.reduce(0, +) / Double($0.count) }
    }

    /// With its errors in the place of what each sample says.
    func beside(_ whole: AblatedScores) -> AblatedScores {
        func error(_ figure: KeyPath<AblatedScores, [Double]?>) -> Double? {
            self[keyPath: figure].flatMap { own in
                whole[keyPath: figure].flatMap { Metrics.standardError(of: own, less: $0) }
            }
        }
        var compared = self
        compared.error = AttentionFindings.Scores(metric: error(\.metric), logLoss: error(\.logLoss))
        (compared.metric, compared.logLoss) = (nil, nil)
        return compared
    }
}
