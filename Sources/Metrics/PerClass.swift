/// Metrics of a prediction for one class.
package struct ClassResult: Codable, Hashable, Sendable {
    /// The class's index.
    package let index: Int
    /// Samples of the class.
    package let positives: Int
    /// TP / (TP + FP); nil where the class is never predicted.
    package let precision: Double?
    /// TP / (TP + FN); nil for a class without samples.
    package let recall: Double?
    /// 2·TP / (2·TP + FP + FN); nil for a class without samples.
    package let f1: Double?
    /// Average precision of the class against the rest; nil for a class without samples.
    package let averagePrecision: Double?
    /// Area under the receiver operating characteristic of the class against the rest; nil for a class that no sample
    /// or every sample has.
    package let areaUnderCurve: Double?
}

extension Metrics {
    /// One result for each class of a single-label classification, by its softmax; empty if logits are not finite.
    ///
    /// - Parameters: As of `classification(logits:classes:labels:)`.
    package static func perClass(logits: [Float], classes: Int, labels: [Int32]) -> [ClassResult] {
        guard let rows = IndicatorRows(logits: logits, classes: classes, labels: labels) else { return [] }
        let counts = logits.withUnsafeBufferPointer { confusions(ScoreRows($0, classes: classes, labels: labels)) }
        return perClass(rows, counts)
    }

    /// One result for each class of a multi-label task; empty if scores are not finite.
    ///
    /// - Parameters: As of `multilabel(scores:classes:indicators:threshold:)`.
    package static func perClass(
        scores: [Float], classes: Int, indicators: [UInt8], threshold: Float = 0
    ) -> [ClassResult] {
        let rows = IndicatorRows(scores, classes: classes, indicators: indicators)
        return perClass(rows, confusions(rows, threshold: threshold))
    }

    private static func perClass(_ rows: IndicatorRows, _ counts: [Confusion]?) -> [ClassResult] {
        guard let counts else { return [] }
        return counts.enumerated().map { index, count in
            let sweep = rows.column(index)
            return ClassResult(
                index: index, positives: count.positives, precision: count.precision, recall: count.recall,
                f1: count.fMeasure, averagePrecision: averagePrecision(sweep), areaUnderCurve: areaUnderCurve(sweep))
        }
    }
}
