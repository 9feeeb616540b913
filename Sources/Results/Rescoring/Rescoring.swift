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
    /// - Parameter roots: folders to search for feature sets, besides those that the client used.
    /// - Returns: the table, and how many units have a result but no predictions.
    /// - Throws: `RescoringError`, and errors of reading the labels.
    package static func table(
        _ sweep: String, metric: String, in ledger: LedgerReader, roots: [String] = [], against axis: CostAxis
    ) throws -> (table: ResultTable, withoutPredictions: Int) {
        let record = try ledger.sweep(sweep)
        var kept = try KeptPredictions(of: record, in: ledger, roots: roots)
        var (cells, kinds, missing) = ([ResultCell](), Set<String>(), 0)
        for cell in try SweepTable.cells(of: record, in: ledger) {
            kinds.insert(cell.unit.task.kind)
            guard Metrics.names(forKind: cell.unit.task.kind).contains(metric) else { continue }
            var scored = cell
            if cell.result?.metrics[metric] == nil, let result = cell.result {
                do {
                    let found = try kept.predictions(of: cell.unit, key: result.key)
                    if found == nil { missing += 1 }
                    scored.result = found == nil ? nil : result
                    scored.result?.metrics[metric] = found?.truth.value(of: metric)
                } catch let unreadable as UnreadableResult {
                    (scored.result, scored.reasonMissing) = (nil, "\(unreadable)")
                }
            }
            scored.unit.task.metric = metric
            cells.append(scored)
        }
        guard !cells.isEmpty else {
            let known = Set(kinds.flatMap { Metrics.names(forKind: $0) }).sorted()
            throw RescoringError.unknownMetric(metric, known: known)
        }
        if missing > 0, cells.allSatisfy({ $0.result == nil }) { throw RescoringError.nothingKept(sweep: record.name) }
        return (ResultTable.make(cells, against: axis), missing)
    }

    /// Per-class scores of each row of the sweep's table, over the pooled out-of-fold predictions of a repetition, and
    /// the reason for each fold that is left out because its result or predictions cannot be used.
    ///
    /// - Throws: as ``table(_:metric:in:roots:against:)``.
    package static func classes(
        _ sweep: String, in ledger: LedgerReader, roots: [String] = []
    ) throws -> (table: ClassTable, missing: [String]) {
        let record = try ledger.sweep(sweep)
        var kept = try KeptPredictions(of: record, in: ledger, roots: roots)
        let table = ResultTable.make(try SweepTable.cells(of: record, in: ledger), against: .parameters)
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
