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

    /// - Parameter memory: Bytes that logits may take.
    init(_ reader: AttentionReader, _ unit: ProbeUnit, _ task: FeatureTask, rows: [Int], memory: Int) {
        self.reader = reader
        self.unit = unit
        self.task = task
        self.rows = rows
        let bytes = max(1, rows.count * reader.classes * MemoryLayout<Float>.size)
        atOnce = max(1, memory / bytes)
    }

    /// The samples of the layer that are tested.
    var samples: [Int] { rows.map { task.samples[$0] } }

    /// In the order of the ablations. Tokens are read once for every `atOnce` of them.
    ///
    /// - Parameter meanMap: `[N, M]`, where an ablation asks for it.
    func scores(_ ablations: [AttentionAblation], meanMap: [Float]? = nil) -> [AttentionFindings.Scores] {
        stride(from: 0, to: ablations.count, by: atOnce).flatMap { start in
            let part = Array(ablations[start..<min(start + atOnce, ablations.count)])
            return reader.logits(of: samples, under: part, meanMap: meanMap).map(scores(of:))
        }
    }

    /// - Parameter logits: `[n, C]` of the samples.
    func scores(of logits: [Float]) -> AttentionFindings.Scores {
        let prediction = Prediction(scores: logits, truth: task.truth(rows))
        return AttentionFindings.Scores(
            metric: prediction.value(of: unit.task.metric), logLoss: prediction.value(of: "log-loss"))
    }
}
