/// The metrics of every kind of task, by the names that specs and tables use; a name is absent where its metric is
/// undefined. (`Metrics.classification` is in Metrics.swift.)
extension Metrics {
    /// Any number of C labels for each sample.
    ///
    /// - Parameters:
    ///   - scores: Row-major `[n, C]`, larger for a label that is more likely.
    ///   - classes: C.
    ///   - indicators: `[n, C]`, 1 for a label that the sample has, else 0.
    ///   - threshold: Scores above it count as predicted for F1, those at it by one half; 0 for logits is a probability
    ///     of ½.
    /// - Returns: `macro-`, `micro-`, `weighted-` and `sample-average-precision`; `macro-` and `weighted-roc-auc`;
    /// `macro-`, `micro-` and `weighted-f1`; and the counts that the means exclude, `classes-without-positives` and
    /// `samples-without-positives`.
    package static func multilabel(
        scores: [Float], classes: Int, indicators: [UInt8], threshold: Float = 0
    ) -> [String: Double] {
        let rows = IndicatorRows(scores, classes: classes, indicators: indicators)
        guard let counts = confusions(rows, threshold: threshold) else { return [:] }
        var values = overClasses((0..<rows.classes).map(rows.column))
        values["micro-average-precision"] = microAveragePrecision(rows)
        values["sample-average-precision"] = sampleAveragePrecision(rows)
        values["macro-f1"] = macroFMeasure(counts)
        values["micro-f1"] = microFMeasure(counts)
        values["weighted-f1"] = weightedFMeasure(counts)
        values["classes-without-positives"] = Double(counts.count { $0.positives == 0 })
        values["samples-without-positives"] = Double(
            (0..<rows.count).count { !indicators[$0 * classes..<($0 + 1) * classes].contains(1) })
        return values
    }

    /// Yes or no for each sample.
    ///
    /// - Parameters:
    ///   - scores: `[n]`, the logit of yes.
    ///   - labels: `[n]`, 1 for yes, 0 for no.
    ///   - threshold: A score above it predicts yes, one at it yes and no by one half each.
    /// - Returns: `average-precision`, `roc-auc`, `f1` (of yes) and `accuracy`.
    package static func binary(scores: [Float], labels: [Int32], threshold: Float = 0) -> [String: Double] {
        let rows = IndicatorRows(scores, classes: 1, indicators: labels.map(indicator))
        guard let counts = confusions(rows, threshold: threshold)?.first else { return [:] }
        let sweep = rows.column(0)
        var values: [String: Double] = [:]
        values["average-precision"] = averagePrecision(sweep)
        values["roc-auc"] = areaUnderCurve(sweep)
        values["f1"] = counts.fMeasure
        let wrong = counts.predicted + Double(counts.positives) - 2 * counts.truePositives
        values["accuracy"] = 1 - wrong / Double(rows.count)
        return values
    }

    /// A number whose order counts.
    ///
    /// - Parameters:
    ///   - scores: `[n]`, predictions in any unit.
    ///   - targets: `[n]`.
    ///   - groups: `[n]`, or nil; the order within a group is scored by the grouped metrics.
    /// - Returns: `kendall-tau` and `spearman` over all samples. With groups also `grouped-kendall-tau` and
    /// `grouped-spearman`, means over the groups in which they are defined, and `groups-skipped`, the number of the
    /// others.
    package static func ranking(scores: [Float], targets: [Float], groups: [Int32]? = nil) -> [String: Double] {
        let predictions = scores.map(Double.init)
        let truth = targets.map(Double.init)
        guard predictions.allSatisfy({ $0 < .infinity }) else { return [:] }
        var values: [String: Double] = [:]
        values["kendall-tau"] = kendallTau(predictions, truth)
        values["spearman"] = spearman(predictions, truth)
        if let groups {
            precondition(groups.count == scores.count, "Every sample has a group.")
            let tau = grouped(predictions, truth, groups: groups, kendallTau)
            values["grouped-kendall-tau"] = tau.mean
            values["grouped-spearman"] = grouped(predictions, truth, groups: groups, spearman).mean
            values["groups-skipped"] = Double(tau.skipped)
        }
        return values
    }

    /// A number whose value counts.
    ///
    /// - Returns: `r2`, `mean-squared-error`, `mean-absolute-error`, `kendall-tau` and `spearman`.
    package static func regression(predictions: [Float], targets: [Float]) -> [String: Double] {
        let predicted = predictions.map(Double.init)
        let truth = targets.map(Double.init)
        guard let squared = meanSquaredError(predicted, truth) else { return [:] }
        var values: [String: Double] = ["mean-squared-error": squared]
        values["mean-absolute-error"] = meanAbsoluteError(predicted, truth)
        values["r2"] = determination(predicted, truth)
        values["kendall-tau"] = kendallTau(predicted, truth)
        values["spearman"] = spearman(predicted, truth)
        return values
    }

    /// Relevant or not, for each candidate of each query.
    ///
    /// - Parameters:
    ///   - scores: `[n]`, larger for a candidate that is more likely to be relevant.
    ///   - relevance: `[n]`, 1 for relevant, 0 for not.
    ///   - groups: `[n]`, the query that the candidate belongs to.
    /// - Returns: Means over queries, `mean-reciprocal-rank`, `recall-at-1`, `recall-at-5`, `recall-at-10` and
    /// `mean-average-precision`; `average-precision` of all candidates as one list; and `queries-without-positives`,
    /// the number of queries that the means exclude.
    package static func retrieval(scores: [Float], relevance: [Int32], groups: [Int32]) -> [String: Double] {
        precondition(groups.count == scores.count, "Every candidate has a query.")
        let rows = IndicatorRows(scores, classes: 1, indicators: relevance.map(indicator))
        guard rows.isDefined else { return [:] }
        let members = Dictionary(grouping: groups.indices) { groups[$0] }.sorted { $0.key < $1.key }
        let sweeps = members.map { ThresholdSweep($0.value.map { (scores[$0], relevance[$0] == 1) }) }
        let queries = sweeps.map(RankedQuery.init)
        var values: [String: Double] = [:]
        values["average-precision"] = averagePrecision(rows.column(0))
        values["mean-average-precision"] = mean(sweeps.map(averagePrecision))
        values["mean-reciprocal-rank"] = mean(queries.map(\.reciprocalRank))
        for k in [1, 5, 10] { values["recall-at-\(k)"] = mean(queries.map { $0.recall(at: k) }) }
        values["queries-without-positives"] = Double(sweeps.count { $0.positives == 0 })
        return values
    }

    private static func indicator(_ label: Int32) -> UInt8 {
        precondition(label == 0 || label == 1, "A binary label is 0 or 1, not \(label).")
        return UInt8(label)
    }
}
