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
    /// One result for each class of a single-label classification, by its logits; empty if logits are not finite.
    ///
    /// - Parameters: As of `classification(logits:classes:labels:)`.
    package static func perClass(logits: [Float], classes: Int, labels: [Int32]) -> [ClassResult] {
        logits.withUnsafeBufferPointer { buffer in
            guard let rows = OneVersusRest(buffer, classes: classes, labels: labels) else { return [] }
            return perClass(confusions(ScoreRows(buffer, classes: classes, labels: labels)), rows.column)
        }
    }

    /// One result for each class of a multi-label task; empty if scores are not finite.
    ///
    /// - Parameters: As of `multilabel(scores:classes:indicators:threshold:)`.
    package static func perClass(
        scores: [Float], classes: Int, indicators: [UInt8], threshold: Float = 0
    ) -> [ClassResult] {
        let rows = IndicatorRows(scores, classes: classes, indicators: indicators)
        return perClass(confusions(rows, threshold: threshold), rows.column)
    }

    private static func perClass(_ counts: [Confusion]?, _ column: (Int) -> ThresholdSweep) -> [ClassResult] {
        guard let counts else { return [] }
        return counts.enumerated().map { index, count in
            let sweep = column(index)
            return ClassResult(
                index: index, positives: count.positives, precision: count.precision, recall: count.recall,
                f1: count.fMeasure, averagePrecision: averagePrecision(sweep), areaUnderCurve: areaUnderCurve(sweep))
        }
    }
}
