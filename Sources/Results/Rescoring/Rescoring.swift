import Features
import Foundation
package import Ledger
import Metrics
import Sweeps
import Units

/// Scores a sweep's kept predictions again, by another metric or per class.
package enum Rescoring {
    /// A table of the sweep by another metric, without training.
    ///
    /// A unit whose result holds the metric already needs no predictions. One that has neither is shown as missing.
    ///
    /// - Parameters:
    ///   - fields: what the table is to show of each fold.
    ///   - roots: folders to search for feature sets, besides those that the client used.
    /// - Returns: the table, and how many units have a result but no predictions.
    /// - Throws: `RescoringError`, and errors of reading the labels.
    package static func table(
        _ sweep: String, metric: String, in ledger: any SweepReader, fields: ResultFields = .innerScores,
        roots: [String] = [], against axis: CostAxis
    ) throws -> (table: ResultTable, withoutPredictions: Int) {
        let record = try ledger.find(sweep)
        var kept = try KeptPredictions(of: record, in: ledger, roots: roots)
        var rows = try SweepTable.rows(of: record, in: ledger, fields: fields, metric: metric)
        let kinds = Set(rows.map(\.unit.task.kind))
        rows.removeAll { !Metrics.names(forKind: $0.unit.task.kind).contains(metric) }
        guard !rows.isEmpty else {
            let known = Set(kinds.flatMap { Metrics.names(forKind: $0) }).sorted()
            throw RescoringError.unknownMetric(metric, known: known)
        }
        var missing = 0
        for row in rows.indices {
            for cell in rows[row].cells.indices {
                missing += try kept.score(&rows[row].cells[cell], of: rows[row].unit, by: metric) ? 0 : 1
            }
            rows[row].unit.task.metric = metric
        }
        if missing > 0, rows.allSatisfy({ $0.cells.allSatisfy { $0.result == nil } }) {
            throw RescoringError.nothingKept(sweep: record.name)
        }
        var table = ResultTable.make(rows, against: axis)
        table.droppedSamples = DroppedSamples.notes(facts: SweepFacts(ofLedger: try ledger.facts(of: record.id)))
        return (table, missing)
    }

    /// Per-class scores of each row of the sweep's table, over the pooled out-of-fold predictions of a repetition, and
    /// the reason for each fold that is left out because its result or predictions cannot be used.
    ///
    /// - Throws: as ``table(_:metric:in:roots:against:)``.
    package static func classes(
        _ sweep: String, in ledger: any SweepReader, roots: [String] = []
    ) throws -> (table: ClassTable, missing: [String]) {
        let record = try ledger.find(sweep)
        var kept = try KeptPredictions(of: record, in: ledger, roots: roots)
        let table = ResultTable.make(try SweepTable.rows(of: record, in: ledger, fields: []), against: .parameters)
        var (rows, missing) = ([ClassTable.Row](), [String]())
        for block in table.blocks {
            for row in block.rows {
                let folds = try kept.truths(of: row) { fold, problem in
                    let name = "layer \(row.unit.features.layer) \(row.label) \(row.outputWidth), \(fold.name)"
                    missing.append("\(block.task), \(name): \(problem)")
                }
                guard !folds.isEmpty else { continue }
                let names = try kept.task(of: row.unit).classNames
                rows += ClassTable.rows(folds.map(\.perClass), of: row, in: block, classNames: names)
            }
        }
        guard !rows.isEmpty else { throw RescoringError.nothingKept(sweep: record.name) }
        return (ClassTable(rows: rows), missing)
    }
}

extension KeptPredictions {
    /// Scores a cell whose result does not hold the metric by its predictions; without any it has no result.
    ///
    /// - Returns: false where predictions are missing.
    fileprivate mutating func score(
        _ cell: inout RowCells.Cell, of unit: ProbeUnit, by metric: String
    ) throws -> Bool {
        guard cell.result != nil, cell.result?.score == nil else { return true }
        do {
            guard let found = try predictions(of: unit, key: cell.key) else {
                cell.result = nil
                return false
            }
            cell.result?.score(found.truth.value(of: metric), by: metric)
        } catch let unreadable as UnreadableResult {
            (cell.result, cell.reasonMissing) = (nil, unreadable.finding)
        }
        return true
    }

    /// The kept predictions of each fold of a row.
    ///
    /// - Parameter leftOut: called for each fold whose result or predictions cannot be used.
    fileprivate mutating func truths(
        of row: ResultRow, leftOut: (ResultRow.Fold, String) -> Void
    ) throws -> [Prediction] {
        var truths: [Prediction] = []
        for fold in row.folds {
            if fold.result == nil, let reason = fold.reasonMissing {
                leftOut(fold, reason)
                continue
            }
            do {
                if let found = try predictions(of: row.unit, key: fold.key) { truths.append(found.truth) }
            } catch let unreadable as UnreadableResult {
                leftOut(fold, "\(unreadable)")
            }
        }
        return truths
    }
}
