import Sweeps
import Units

/// The best of several rows: its score, and that score corrected for the selection.
///
/// The largest of many means is biased upwards (selection bias). Two estimates correct for it, and are shown beside the
/// naive maximum: ``NestedChoice`` and ``BestOfMany``.
package struct BestRow: Codable, Hashable, Sendable {
    package let task: String
    package let metric: String
    /// What the rows have in common, as `RowGroup` names it; empty for all rows of the task.
    package let scope: String
    /// Number of rows to choose from.
    package let candidates: Int
    /// The row with the best mean over the test folds.
    package let name: String
    /// The part of its name that distinguishes it from the others.
    package let choice: String
    /// That row's own estimate, which is optimistic.
    package let naive: FoldEstimate
    /// Chosen in each fold on its inner split; nil where some unit had no inner split to choose on.
    package let nested: NestedChoice?
    /// Corrected by the bootstrap over folds; nil for a single fold.
    package let bootstrap: BestOfMany?

    /// - Throws: `ComparisonError` unless there are two rows or more, all complete over the same folds.
    package static func make(_ block: ResultTable.Block, scope: String = "") throws(ComparisonError) -> BestRow {
        let values = try Comparison.alignedValues(of: block)
        let inner = block.rows.map(\.innerScores)
        let means = values.map { $0.reduce(0, +) / Double($0.count) }
        let best = means.indices.reduce(0) { best, row in
            (block.greaterIsBetter ? means[row] > means[best] : means[row] < means[best]) ? row : best
        }
        let folds = block.rows[0].unit.fold.count
        guard let naive = FoldEstimate(values[best], folds: folds) else {
            throw ComparisonError(
                task: block.task, row: block.rows[best].name, found: "has no fold.", remedy: "Finish the sweep.")
        }
        return BestRow(
            task: block.task, metric: block.metric, scope: scope, candidates: values.count,
            name: block.rows[best].name, choice: block.rows.map(\.name).withoutSharedParts[best], naive: naive,
            nested: NestedChoice(
                inner: inner, test: values, folds: folds, greaterIsBetter: block.greaterIsBetter),
            bootstrap: BestOfMany(
                values, greaterIsBetter: block.greaterIsBetter,
                Resamples(count: Resamples.usualCount, of: values[0].count, seed: 0)))
    }
}

extension ResultRow {
    /// The chosen candidate's score on the inner split of each fold, averaged over draws and seeds; nil where there was
    /// no inner split or no value on it, or where the choice was made on the test fold.
    var innerScores: [Double?] {
        folds.map { fold in
            isOptimistic ? nil : ResultRow.average(fold.results.map(\.finding.innerScore))
        }
    }
}

extension ResultTable {
    /// The best row of every group of rows that differ only along the axis. Groups that cannot be compared, because
    /// results or common folds are missing, are left out.
    package func bestRows(over axis: RowAxis) -> [BestRow] {
        grouped(by: axis).flatMap { group in
            group.table.blocks.compactMap { try? BestRow.make($0, scope: group.name) }
        }
    }
}
