import Sweeps

/// Rows compared over several tasks by their ranks: Friedman's test, Nemenyi's critical difference, and Wilcoxon's
/// signed-rank test of every pair.
///
/// A row takes part if it is complete on every task; the others are listed, not dropped silently.
package struct RankComparison: Codable, Hashable, Sendable {
    package let tasks: [String]
    /// What the rows have in common, as `RowGroup` names it; empty for all rows of the tasks.
    package let scope: String
    /// Best mean rank first.
    package let rows: [Row]
    /// Rows that are missing or incomplete on some task.
    package let excluded: [String]
    /// Friedman's test, in the order of `rows`.
    package let friedman: FriedmanTest
    /// Nemenyi's, of mean ranks at level 0.05.
    package let criticalDifference: Double
    package let pairs: [Pair]

    /// One probe on one layer, over all tasks.
    package struct Row: Codable, Hashable, Sendable {
        package let name: String
        /// 1 is best.
        package let meanRank: Double
        /// 95 %, over bootstrap samples of each task's out-of-fold predictions, all rows jointly; nil where predictions
        /// were not kept or not asked for. From the folds nothing is claimed: they are too few.
        package let interval: ClosedRange<Double>?
    }

    /// Two rows and what the tasks say about their difference.
    package struct Pair: Codable, Hashable, Sendable {
        /// Indices into `rows`.
        package let first: Int
        package let second: Int
        /// Nemenyi's p-value, corrected for all pairs by construction.
        package let nemenyi: Double
        package let wilcoxon: WilcoxonTest
        /// Wilcoxon's p-value after Holm's correction for all pairs.
        package let correctedWilcoxon: Double
    }

    /// - Parameter group: The rows, of two tasks or more.
    /// - Throws: `ComparisonError` for fewer than two tasks, and for fewer than two rows that are complete on all.
    package static func make(_ group: RowGroup) throws(ComparisonError) -> RankComparison {
        let table = group.table
        guard table.blocks.count > 1 else {
            throw ComparisonError(
                task: table.blocks.first?.task ?? "no task", row: "A comparison of ranks",
                found: "needs at least two tasks, not \(table.blocks.count).",
                remedy: "Compare the rows of one task over its folds.")
        }
        let named = table.blocks.map { block in
            Dictionary(grouping: block.rows.filter(\.isComplete), by: \.name).compactMapValues { rows in
                rows.first?.estimate.map { block.greaterIsBetter ? $0.mean : -$0.mean }
            }
        }
        let all = Set(table.blocks.flatMap { $0.rows.map(\.name) }).sorted()
        let names = all.filter { name in named.allSatisfy { $0[name] != nil } }
        let scores = names.map { name in named.compactMap { $0[name] } }
        guard let unordered = FriedmanTest(scores) else {
            throw ComparisonError(
                task: table.blocks.map(\.task).joined(separator: ", "), row: "A comparison of ranks",
                found: "needs at least two rows that are complete on every task, not \(names.count).",
                remedy: "Finish the sweep, or give every task the same probes and layers.")
        }
        let order = names.indices.sorted { (unordered.meanRanks[$0], $0) < (unordered.meanRanks[$1], $1) }
        let friedman = unordered.reordered(order)
        let intervals = rankIntervals(of: order.map { names[$0] }, in: table)
        let rows = order.enumerated().map {
            Row(name: names[$1], meanRank: friedman.meanRanks[$0], interval: intervals?[$0])
        }
        return RankComparison(
            tasks: table.blocks.map(\.task), scope: group.name, rows: rows,
            excluded: all.filter { !names.contains($0) }, friedman: friedman,
            criticalDifference: friedman.criticalDifference(),
            pairs: pairs(order.map { scores[$0] }, friedman))
    }

    /// Nil unless every row has predictions of the same samples on every task.
    private static func rankIntervals(of names: [String], in table: ResultTable) -> [ClosedRange<Double>]? {
        let scores = table.blocks.compactMap { block in
            names.compactMap { name in block.rows.first { $0.name == name } }.jointBootstrapScores.map { samples in
                samples.map { scores in averageRanks(scores.map { block.greaterIsBetter ? -$0 : $0 }) }
            }
        }
        guard scores.count == table.blocks.count, let samples = scores.map(\.count).min() else { return nil }
        return names.indices.compactMap { row in
            percentileInterval(
                of: (0..<samples).map { sample in
                    scores.reduce(0) { $0 + $1[sample][row] } / Double(scores.count)
                })
        }
    }

    private static func pairs(_ scores: [[Double]], _ friedman: FriedmanTest) -> [Pair] {
        let indices = scores.indices.flatMap { first in scores.indices[(first + 1)...].map { (first, $0) } }
        let tests = indices.map { first, second in
            WilcoxonTest(zip(scores[first], scores[second]).map { $0 - $1 })
        }
        let corrected = holmCorrected(tests.map(\.pValue))
        return indices.indices.map {
            Pair(
                first: indices[$0].0, second: indices[$0].1,
                nemenyi: friedman.pairValue(indices[$0].0, indices[$0].1), wilcoxon: tests[$0],
                correctedWilcoxon: corrected[$0])
        }
    }
}
