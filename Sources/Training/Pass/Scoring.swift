import Metrics

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

    /// The mean of one candidate's scores over inner folds, the worst score where one of them is.
    static func mean(_ scores: [Double], by metric: String) -> Double {
        let worst = worst(metric)
        if scores.count == 1 { return scores[0] }
        return scores.contains(worst) ? worst : scores.reduce(0, +) / Double(scores.count)
    }
}
