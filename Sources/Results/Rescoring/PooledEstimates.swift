import Features
package import Ledger
import Metrics
import Sweeps
import Units

extension KeptPredictions {
    /// A sweep's table with the bootstrap interval of each row's pooled out-of-fold predictions, and with the share of
    /// the bootstrap samples in which each row is on the front.
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
            var cases: [Int] = []
            for row in table.blocks[block].rows.indices {
                do {
                    guard
                        let found = try kept.estimate(
                            table.blocks[block].rows[row], by: table.blocks[block].metric, resamples: resamples)
                    else { continue }
                    // The rows of a task have the same cases, which they share.
                    if found.scores.cases != cases { cases = found.scores.cases }
                    table.blocks[block].rows[row].pooled = found.estimate
                    table.blocks[block].rows[row].bootstrap = BootstrapScores(
                        cases: cases, values: found.scores.values)
                } catch let problem as UnreadableResult {
                    unreadable.append(problem)
                }
            }
            table.blocks[block].mark(table.axis)
        }
        guard !unreadable.isEmpty || table.blocks.contains(where: { $0.rows.contains { $0.pooled != nil } }) else {
            throw RescoringError.nothingKept(sweep: record.name)
        }
        return (table, unreadable)
    }

    private mutating func estimate(
        _ row: ResultRow, by metric: String, resamples: Int
    ) throws -> (estimate: PooledEstimate, scores: BootstrapScores)? {
        var pools: [PoolKey: [(kept: Predictions, truth: Prediction)]] = [:]
        for fold in row.folds {
            let trained =
                fold.draws.isEmpty ? [(0, 0, fold.key)] : fold.draws.map { ($0.draw, $0.seed, $0.key) }
            for (draw, seed, key) in trained {
                guard let found = try predictions(of: row.unit, key: key) else { return nil }
                let pool = PoolKey(repetition: fold.reference.repetition, draw: draw, seed: seed)
                pools[pool, default: []].append(found)
            }
        }
        let whole = pools.sorted { $0.key < $1.key }.compactMap { _, folds in
            Prediction.joined(folds.map(\.truth)).map {
                PooledEstimate.Pool(rows: folds.flatMap(\.kept.rows), prediction: $0)
            }
        }
        return PooledEstimate.resampled(
            whole, metric: metric, groups: try task(of: row.unit).groups, count: resamples)
    }

    /// What predicts every tested sample once.
    private struct PoolKey: Hashable, Comparable {
        let repetition, draw, seed: Int

        static func < (first: PoolKey, second: PoolKey) -> Bool {
            (first.repetition, first.draw, first.seed) < (second.repetition, second.draw, second.seed)
        }
    }
}
