import Metrics
import Numerics

/// How predictions are scored and compared.
enum Scoring {
    /// The score of a candidate that has none, because its loss or its logits were not finite: worse than any other. It
    /// is a number, not an infinity, since results travel as JSON.
    static func worst(_ metric: String) -> Double {
        Metrics.greaterIsBetter(metric) ? -Double.greatestFiniteMagnitude : Double.greatestFiniteMagnitude
    }

    static func isBetter(_ score: Double, than other: Double, by metric: String) -> Bool {
        Metrics.greaterIsBetter(metric) ? score > other : score < other
    }

    /// Every metric that is defined for these logits, by name.
    static func metrics(_ logits: [Float], classes: Int, labels: [Int32]) -> [String: Double] {
        Metrics.classification(logits: logits, classes: classes, labels: labels)
    }

    /// One metric, the worst score where it is undefined.
    static func score(_ logits: [Float], classes: Int, labels: [Int32], by metric: String) -> Double {
        metrics(logits, classes: classes, labels: labels)[metric] ?? worst(metric)
    }
}
