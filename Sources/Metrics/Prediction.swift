/// Scores of some samples of a task with their ground truth: the input of every metric.
package struct Prediction: Sendable {
    /// The ground truth of n samples.
    package enum Truth: Sendable {
        /// One of C classes, scores `[n, C]`.
        case classes([Int32])
        /// Any of C labels, `[n, C]` of 0 and 1, scores `[n, C]`.
        case indicators([UInt8], classes: Int)
        /// Yes (1) or no (0), scores `[n]`.
        case answers([Int32])
        /// Relevant (1) or not (0) for the query of each candidate, scores `[n]`.
        case relevance([Int32], queries: [Int32])
        /// A number whose order counts, scores `[n]`; groups nil where samples have none.
        case order([Float], groups: [Int32]?)
        /// A number whose value counts, scores `[n]`.
        case values([Float])
    }

    package var scores: [Float]
    package var truth: Truth

    package init(scores: [Float], truth: Truth) {
        self.scores = scores
        self.truth = truth
    }

    /// Every metric of the kind of task by name, except those that only ``value(of:)`` computes because they cost C
    /// sorts; a name is absent if its metric is undefined.
    package var metrics: [String: Double] {
        switch truth {
        case .classes(let labels):
            Metrics.classification(logits: scores, classes: classes(labels), labels: labels)
        case .indicators(let indicators, let classes):
            Metrics.multilabel(scores: scores, classes: classes, indicators: indicators)
        case .answers(let labels): Metrics.binary(scores: scores, labels: labels)
        case .relevance(let labels, let queries):
            Metrics.retrieval(scores: scores, relevance: labels, groups: queries)
        case .order(let targets, let groups): Metrics.ranking(scores: scores, targets: targets, groups: groups)
        case .values(let targets): Metrics.regression(predictions: scores, targets: targets)
        }
    }

    /// One metric, computed alone; nil if it is undefined or not a metric of the kind.
    package func value(of name: String) -> Double? {
        switch truth {
        case .classes(let labels): classificationValue(of: name, labels)
        case .indicators(let indicators, let classes):
            Metrics.multilabelValue(
                of: name, IndicatorRows(scores, classes: classes, indicators: indicators))
                ?? (Metrics.cheapMultilabel.contains(name) ? nil : metrics[name])
        case .answers(let labels): binaryValue(of: name, labels)
        case .relevance, .order, .values: metrics[name]
        }
    }

    /// One result for each class or label; empty for tasks without classes, and if scores are not finite.
    package var perClass: [ClassResult] {
        switch truth {
        case .classes(let labels): Metrics.perClass(logits: scores, classes: classes(labels), labels: labels)
        case .indicators(let indicators, let classes):
            Metrics.perClass(scores: scores, classes: classes, indicators: indicators)
        case .answers(let labels), .relevance(let labels, _):
            Metrics.perClass(scores: scores, classes: 1, indicators: labels.map { UInt8($0) })
        case .order, .values: []
        }
    }

    /// Without rows no metric is defined, whatever C is.
    func classes(_ labels: [Int32]) -> Int { labels.isEmpty ? 1 : scores.count / labels.count }

    private func classificationValue(of name: String, _ labels: [Int32]) -> Double? {
        if Metrics.oneVersusRestNames.contains(name) {
            return Metrics.oneVersusRest(logits: scores, classes: classes(labels), labels: labels)[name]
        }
        return scores.withUnsafeBufferPointer { buffer in
            let rows = ScoreRows(buffer, classes: classes(labels), labels: labels)
            if name.hasPrefix("top"), let k = Int(name.dropFirst(3)), k > 0 { return Metrics.topAccuracy(k, rows) }
            if let metric = Metrics.ofConfusions[name] { return Metrics.confusions(rows).flatMap(metric) }
            return Metrics.ofAnswers[name].flatMap { metric in rows.answers.map { metric($0, rows.classes) } }
        }
    }

    private func binaryValue(of name: String, _ labels: [Int32]) -> Double? {
        guard let metric = Metrics.ofAnswers[name] else { return metrics[name] }
        // The sigmoid of s is the softmax of (0, s).
        return scores.flatMap { [0, $0] }.withUnsafeBufferPointer {
            ScoreRows($0, classes: 2, labels: labels).answers.map { metric($0, 2) }
        }
    }
}

extension Metrics {
    /// Metrics that `oneVersusRest` computes.
    static let oneVersusRestNames: Set = [
        "macro-average-precision", "weighted-average-precision", "macro-roc-auc", "weighted-roc-auc",
    ]

    /// Multi-label metrics that `multilabelValue` computes.
    static let cheapMultilabel: Set = [
        "macro-average-precision", "micro-average-precision", "macro-f1", "micro-f1", "weighted-f1",
    ]

    /// One multi-label metric without the others; nil for unknown ones.
    static func multilabelValue(of name: String, _ rows: IndicatorRows, threshold: Float = 0) -> Double? {
        switch name {
        case "macro-average-precision": mean(averagePrecisions(rows))
        case "micro-average-precision": microAveragePrecision(rows)
        case "macro-f1": confusions(rows, threshold: threshold).flatMap(macroFMeasure)
        case "micro-f1": confusions(rows, threshold: threshold).flatMap(microFMeasure)
        case "weighted-f1": confusions(rows, threshold: threshold).flatMap(weightedFMeasure)
        default: nil
        }
    }
}
