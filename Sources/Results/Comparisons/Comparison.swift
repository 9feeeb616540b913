import Sweeps
import Units

/// The rows of one task compared pair by pair over the same folds.
///
/// A pure function of results. Rows that were not scored on the same folds of the same labels are rejected, never
/// matched by position: an unpaired difference has the variance of both rows and of both splits.
package struct Comparison: Codable, Hashable, Sendable {
    package let task: String
    package let metric: String
    /// What the rows have in common, as `RowGroup` names it; empty for all rows of the task.
    package let scope: String
    package let greaterIsBetter: Bool
    /// Test folds, of all repeats.
    package let folds: Int
    /// Half the width of the region of practical equivalence, in units of the metric.
    package let equivalence: Double
    package let rows: [Row]
    /// Every pair, or every row with the baseline; in order of rows.
    package let pairs: [Pair]

    /// One row with its mean over folds.
    package struct Row: Codable, Hashable, Sendable {
        package let name: String
        package let mean: Double
        /// What is to be known of the row beside its mean; some qualify verdicts.
        package let marks: [RowMark]
    }

    /// Two rows and what the folds say about their difference.
    package struct Pair: Codable, Hashable, Sendable {
        /// Indices into `rows`.
        package let first: Int
        package let second: Int
        /// Of the first over the second, in the metric's direction: positive where the first is better.
        package let advantage: CorrectedResampledTest
        /// The p-value corrected for all pairs of this comparison.
        package let correctedPValue: Double
        package let posterior: BayesianCorrelatedTest
        /// What the posterior says at 95 %, qualified by how the rows were trained (``Verdict``).
        package let verdict: String

        /// Whether the rows are told apart after correction.
        var isResolved: Bool { PairTest.isResolved(correctedPValue) }
    }

    /// Which pairs are compared.
    package enum Pairing: Hashable, Sendable {
        /// All n·(n − 1)/2.
        case all
        /// The best row with every other. Choosing the best is biased in its favour; `BestOfMany` says by how much.
        case best
        /// One row, by its name, its label or the part of its name that no other has, with every other.
        case baseline(String)
    }

    /// - Parameters:
    ///   - block: A task's rows; each must be complete.
    ///   - scope: What the rows have in common.
    ///   - equivalence: Differences up to this size count as none, in units of the metric.
    /// - Throws: `ComparisonError` for fewer than two rows, for missing folds or values, for rows over other folds or
    ///   other labels than the first row's, for fewer than two folds, and for an unknown baseline.
    package static func make(
        _ block: ResultTable.Block, scope: String = "", pairing: Pairing = .all, equivalence: Double = 0.01
    ) throws(ComparisonError) -> Comparison {
        let values = try alignedValues(of: block)
        let folds = block.rows[0].unit.fold.count
        let sign: Double = block.greaterIsBetter ? 1 : -1
        let rows = zip(block.rows, values).map { row, values in
            Row(name: row.name, mean: values.reduce(0, +) / Double(values.count), marks: row.marks)
        }
        let chosen = try indices(pairing, rows, block)
        let tests = try chosen.map { first, second throws(ComparisonError) in
            let differences = zip(values[first], values[second]).map { sign * ($0 - $1) }
            guard let advantage = CorrectedResampledTest(differences, folds: folds),
                let posterior = BayesianCorrelatedTest(differences, folds: folds, equivalence: equivalence)
            else {
                throw ComparisonError(
                    task: block.task, row: rows[first].name, found: "has a single test fold.",
                    remedy: "Compare over two folds or more.")
            }
            return (advantage, posterior)
        }
        let corrected = holmCorrected(tests.map(\.0.pValue))
        let pairs = chosen.indices.map {
            Pair(
                first: chosen[$0].0, second: chosen[$0].1, advantage: tests[$0].0, correctedPValue: corrected[$0],
                posterior: tests[$0].1,
                verdict: "\(Verdict(tests[$0].1, rows[chosen[$0].0], rows[chosen[$0].1]))")
        }
        return Comparison(
            task: block.task, metric: block.metric, scope: scope, greaterIsBetter: block.greaterIsBetter,
            folds: values[0].count, equivalence: equivalence, rows: rows, pairs: pairs)
    }

    private static func indices(
        _ pairing: Pairing, _ rows: [Row], _ block: ResultTable.Block
    ) throws(ComparisonError) -> [(Int, Int)] {
        func others(than first: Int) -> [(Int, Int)] { rows.indices.filter { $0 != first }.map { (first, $0) } }
        switch pairing {
        case .all:
            return rows.indices.flatMap { first in rows.indices[(first + 1)...].map { (first, $0) } }
        case .best:
            let means = rows.map { block.greaterIsBetter ? $0.mean : -$0.mean }
            return others(than: means.indices.reduce(0) { means[$1] > means[$0] ? $1 : $0 })
        case .baseline(let name):
            let short = rows.map(\.name).withoutSharedParts
            let found = rows.indices.filter {
                [rows[$0].name, short[$0], block.rows[$0].label, block.rows[$0].features].contains(name)
            }
            guard let index = found.first, found.count == 1 else {
                throw ComparisonError(
                    task: block.task, row: "The baseline \"\(name)\"",
                    found: found.isEmpty ? "is not a row of the table." : "matches \(found.count) rows.",
                    remedy: "Name one of: \(short.joined(separator: "; ")).")
            }
            return others(than: index)
        }
    }
}

extension Comparison {
    /// The metric of every row on every fold, `[rows][folds]`, the same folds in the same order in every row.
    ///
    /// The input of every paired statistic, `BestOfMany` and `paretoMembership` included.
    ///
    /// - Throws: `ComparisonError` as `make` does, except for fewer than two folds.
    package static func alignedValues(of block: ResultTable.Block) throws(ComparisonError) -> [[Double]] {
        guard let first = block.rows.first, block.rows.count > 1 else {
            throw ComparisonError(
                task: block.task, row: "A comparison", found: "needs at least two rows, not \(block.rows.count).",
                remedy: "Name more probes, layers or output dimensionalities.")
        }
        return try block.rows.map { row throws(ComparisonError) in
            try row.checkAligned(with: first, in: block)
            return try row.folds.map { fold throws(ComparisonError) in
                guard let result = fold.result else {
                    throw ComparisonError(
                        task: block.task, row: row.name, found: "has no result on \(fold.name)\(fold.reason).",
                        remedy: "Finish the sweep, or compare complete rows.")
                }
                guard let value = result.score else {
                    throw ComparisonError(
                        task: block.task, row: row.name, found: "has no \(block.metric) on \(fold.name).",
                        remedy: "The metric is undefined there; use another metric.")
                }
                return value
            }
        }
    }
}

extension ResultRow {
    /// Rejects a row whose labels or folds differ from those of the first.
    fileprivate func checkAligned(with first: ResultRow, in block: ResultTable.Block) throws(ComparisonError) {
        guard unit.task.digest == first.unit.task.digest else {
            throw ComparisonError(
                task: block.task, row: name, found: "differs from \(first.name) in labels or samples.",
                remedy: "Compare rows of a task with the same labels and samples.")
        }
        let (own, others) = (folds.map(\.reference), first.folds.map(\.reference))
        guard own == others else {
            let odd = zip(own, others).first { $0 != $1 }
            let reason =
                odd.map { "was scored on \($0.summary), but \(first.name) on \($1.summary)." }
                ?? "has \(own.count) folds, but \(first.name) has \(others.count)."
            throw ComparisonError(
                task: block.task, row: name, found: reason, remedy: "Compare rows over the same folds.")
        }
    }
}

extension FoldReference {
    fileprivate var summary: String {
        "fold \(heldOut) of \(count) (\(scheme), seed \(seed), repeat \(repetition))"
    }
}
