import Features
package import Ledger
import Metrics
import Sweeps
import Units

extension KeptPredictions {
    /// A sweep's table with the bootstrap interval of each row's pooled out-of-fold predictions.
    ///
    /// Rows get no interval if a fold has no predictions, or has predictions that cannot be used; for the latter the
    /// reason is reported.
    ///
    /// - Parameter resamples: bootstrap samples for each row.
    /// - Throws: `RescoringError.nothingKept` where no row has predictions, and as ``predictions(of:key:)``.
    package static func pooled(
        _ table: ResultTable, of sweep: String, in ledger: any SweepReader, resamples: Int
    ) throws -> (table: ResultTable, unreadable: [UnreadableResult]) {
        let record = try ledger.find(sweep)
        var kept = try KeptPredictions(of: record, in: ledger)
        var (table, unreadable) = (table, [UnreadableResult]())
        for block in table.blocks.indices {
            for row in table.blocks[block].rows.indices {
                do {
                    table.blocks[block].rows[row].pooled = try kept.estimate(
                        table.blocks[block].rows[row], by: table.blocks[block].metric, resamples: resamples)
                } catch let problem as UnreadableResult {
                    unreadable.append(problem)
                }
            }
        }
        guard !unreadable.isEmpty || table.blocks.contains(where: { $0.rows.contains { $0.pooled != nil } }) else {
            throw RescoringError.nothingKept(sweep: record.name)
        }
        return (table, unreadable)
    }

    private mutating func estimate(_ row: ResultRow, by metric: String, resamples: Int) throws -> PooledEstimate? {
        struct PoolKey: Hashable {
            let repetition, draw: Int
        }
        var pools: [PoolKey: [(kept: Predictions, truth: Prediction)]] = [:]
        for fold in row.folds {
            for (draw, key) in fold.draws.isEmpty ? [(0, fold.key)] : fold.draws.map({ ($0.draw, $0.key) }) {
                guard let found = try predictions(of: row.unit, key: key) else { return nil }
                pools[PoolKey(repetition: fold.reference.repetition, draw: draw), default: []].append(found)
            }
        }
        let whole = pools.sorted { ($0.key.repetition, $0.key.draw) < ($1.key.repetition, $1.key.draw) }.compactMap {
            _, folds in
            Prediction.joined(folds.map(\.truth)).map {
                PooledEstimate.Pool(rows: folds.flatMap(\.kept.rows), prediction: $0)
            }
        }
        return PooledEstimate(
            whole, metric: metric, groups: try task(of: row.unit).groups, count: resamples)
    }
}
