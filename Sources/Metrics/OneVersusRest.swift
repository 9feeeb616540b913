import Foundation

/// Single-label classification as C questions, each class against the rest.
///
/// The score of class c is its log-odds ln(p_c/(1 − p_c)) = z_c − ln Σ_{j≠c} exp z_j in double precision: it orders
/// samples as the softmax p_c does, and still where p_c has no digits left near 1. Scores within
/// ``Metrics/resolution`` are equal: logits that are stored in single precision say no more, and their last bits would
/// order the samples in which k-NN has no vote for a class by the votes of the others.
struct OneVersusRest {
    let classes: Int
    private let scores: UnsafeBufferPointer<Float>
    private let labels: [Int32]
    private let rows: [Row]

    private struct Row {
        /// One class of the largest score, and that score.
        var top: Int
        var largest: Double
        /// ln Σ_{j≠top} exp(z_j − max z); −∞ without other classes.
        var others: Double
    }

    /// Nil if logits are not finite or there are none.
    ///
    /// - Parameter scores: The memory of `rows`, which must outlive the value.
    init?(_ scores: UnsafeBufferPointer<Float>, classes: Int, labels: [Int32]) {
        let view = ScoreRows(scores, classes: classes, labels: labels)
        guard view.isDefined else { return nil }
        (self.scores, self.classes, self.labels) = (scores, classes, labels)
        rows = (0..<view.count).map { row in
            let top = view.topClasses(row: row)[0]
            let largest = Double(view[row][top])
            let sum = view[row].enumerated().reduce(0.0) { sum, score in
                score.offset == top ? sum : sum + exp(Double(score.element) - largest)
            }
            return Row(top: top, largest: largest, others: log(sum))
        }
    }

    /// One class against the rest.
    func column(_ index: Int) -> ThresholdSweep {
        ThresholdSweep(
            logOdds: rows.indices.lazy.map { row in (logOdds(row, index), Int(labels[row]) == index) })
    }

    private func logOdds(_ row: Int, _ index: Int) -> Double {
        let facts = rows[row]
        if index == facts.top { return -facts.others }
        // ln p of a class that is not above the largest, so that p ≤ ½ and 1 − p keeps its digits.
        let logarithm = Double(scores[row * classes + index]) - facts.largest - log1p(exp(facts.others))
        return logarithm - log1p(-exp(logarithm))
    }
}

extension Metrics {
    /// Single-label classification as C questions, each class against the rest.
    ///
    /// Not part of `classification`: sorting n samples for each of C classes costs C·n·log n.
    ///
    /// - Returns: `macro-` and `weighted-average-precision`, `macro-` and `weighted-roc-auc`.
    package static func oneVersusRest(logits: [Float], classes: Int, labels: [Int32]) -> [String: Double] {
        logits.withUnsafeBufferPointer { buffer in
            guard let rows = OneVersusRest(buffer, classes: classes, labels: labels) else { return [:] }
            return overClasses((0..<classes).map(rows.column))
        }
    }

    /// Means over classes of the metrics of each class; the weights are the numbers of positives.
    static func overClasses(_ sweeps: [ThresholdSweep]) -> [String: Double] {
        let positives = sweeps.map(\.positives)
        let (precisions, areas) = (sweeps.map(averagePrecision), sweeps.map(areaUnderCurve))
        var values: [String: Double] = [:]
        values["macro-average-precision"] = mean(precisions)
        values["weighted-average-precision"] = weightedMean(precisions, weights: positives)
        values["macro-roc-auc"] = mean(areas)
        values["weighted-roc-auc"] = weightedMean(areas, weights: positives)
        return values
    }
}
