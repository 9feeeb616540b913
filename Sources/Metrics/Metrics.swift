/// Metrics of predictions: pure functions of scores and labels, with the same bits for the same input on every machine.
///
/// Four rules hold for every metric, and each metric's comment says what follows from them.
///
/// - **Ties.** Equal scores are no evidence, and no class, label or candidate wins by its number: a metric is its mean
///   over all orders of equal scores (top-k accuracy, recall@k, reciprocal rank), or is computed of the mean counts
///   (balanced accuracy, F1). Metrics that are defined over thresholds (average precision, ROC) add equal scores
///   together. Where a rule compares logits of one row, equal means equal as stored; where it compares probabilities
///   or log-odds of different rows, equal means within ``resolution``.
/// - **Empty classes.** A class without a sample in the labels is excluded from a mean over classes.
/// - **NaN.** One score that is NaN or +∞ makes the metric undefined: a number would hide a diverged head.
/// - **Undefined** is `nil`, or the absence of the name from a dictionary; never NaN, never a made-up 0.
///
/// Scores are row-major `[n, C]`, one row a sample; labels are `[n]`, each in `0 ..< C`. Everything is computed in
/// double precision from the stored scores; sums run in the order of the samples. docs/statistics.md has the edges of
/// every metric in one table, beside those of scikit-learn and torchmetrics.
package enum Metrics {
    /// Every metric for single-label classification, by the name that specs and tables use.
    ///
    /// - Parameters:
    ///   - logits: Row-major `[n, C]`; unnormalised log-probabilities, so that their softmax is the prediction.
    ///   - classes: C.
    ///   - labels: `[n]`, each in `0 ..< C`.
    /// - Returns: `top1`, `top5`, `balanced-accuracy`, `macro-f1`, `weighted-f1`, `log-loss`, `brier-score`, `ece` and
    /// `adaptive-ece`; a name is absent where its metric is undefined.
    package static func classification(
        logits: UnsafeBufferPointer<Float>, classes: Int, labels: [Int32]
    ) -> [String: Double] {
        let rows = ScoreRows(logits, classes: classes, labels: labels)
        guard let answers = rows.answers, let counts = confusions(rows) else { return [:] }
        var values = ofAnswers.mapValues { $0(answers, classes) }
        values["top1"] = topAccuracy(1, rows)
        values["top5"] = topAccuracy(5, rows)
        for (name, metric) in ofConfusions { values[name] = metric(counts) }
        return values
    }

    /// Metrics of the softmax, by name, of answers and C; two classes and yes or no have them in common.
    static let ofAnswers: [String: @Sendable ([ProbabilisticAnswer], Int) -> Double] = [
        "log-loss": { answers, _ in logLoss(answers) },
        "brier-score": { brierScore($0, classes: $1) },
        "ece": { answers, _ in calibrationError(answers) },
        "adaptive-ece": { answers, _ in equalMassCalibrationError(answers) },
    ]

    /// Metrics of the counts of predictions of a single-label classification, by name.
    static let ofConfusions: [String: @Sendable ([Confusion]) -> Double?] = [
        "balanced-accuracy": { balancedAccuracy($0) },
        "macro-f1": { macroFMeasure($0) },
        "weighted-f1": { weightedFMeasure($0) },
    ]

    /// The same over an array.
    package static func classification(logits: [Float], classes: Int, labels: [Int32]) -> [String: Double] {
        logits.withUnsafeBufferPointer { classification(logits: $0, classes: classes, labels: labels) }
    }
}

/// A view of the scores of one test fold with its labels.
struct ScoreRows {
    let classes: Int
    let labels: [Int32]
    /// Whether a score is NaN or +∞, or a whole row is −∞: then no metric is defined.
    let isBroken: Bool
    private let scores: UnsafeBufferPointer<Float>

    init(_ scores: UnsafeBufferPointer<Float>, classes: Int, labels: [Int32]) {
        precondition(
            scores.count == labels.count * classes,
            "Scores [\(labels.count), \(classes)] have \(labels.count * classes) elements, not \(scores.count).")
        precondition(
            labels.allSatisfy { $0 >= 0 && Int($0) < classes }, "Labels lie in 0 ..< \(classes).")
        self.scores = scores
        self.classes = classes
        self.labels = labels
        self.isBroken = Self.hasBrokenRow(scores, classes: classes)
    }

    var count: Int { labels.count }

    /// Whether any metric is defined.
    var isDefined: Bool { count > 0 && !isBroken }

    /// The C scores of one sample.
    subscript(row: Int) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(rebasing: scores[row * classes..<(row + 1) * classes])
    }

    private static func hasBrokenRow(_ scores: UnsafeBufferPointer<Float>, classes: Int) -> Bool {
        var start = 0
        while start < scores.count {
            var largest = -Float.infinity
            for index in start..<start + classes {
                if !(scores[index] < .infinity) { return true }
                largest = max(largest, scores[index])
            }
            if largest == -.infinity { return true }
            start += classes
        }
        return false
    }
}
