import Metrics
import Units

extension ResultTable {
    /// Every task once for each of several metrics that results hold beside the task's own, in order of task and metric.
    /// Needs ``ResultFields/details``.
    ///
    /// Which layer, setting and epoch a row stands for stays a choice by the task's own metric or loss.
    ///
    /// - Parameter metrics: names; a task that lacks one has no block for it.
    /// - Throws: ``PivotError`` for a metric that no task has, with those that there are.
    package func showing(metrics: [String]) throws(PivotError) -> ResultTable {
        let held = blocks.map { Set($0.heldMetrics) }
        for metric in metrics where !held.contains(where: { $0.contains(metric) }) {
            let known = Set(held.joined()).sorted().joined(separator: ", ")
            throw PivotError(
                "No result has the metric “\(metric)”. Results have: \(known). `probesweep rescore` computes others from kept "
                    + "predictions.")
        }
        var table = self
        table.blocks = zip(blocks, held).flatMap { block, held in
            metrics.filter(held.contains).map { block.scored(by: $0) }
        }
        return table
    }
}

extension ResultTable.Block {
    /// The metrics that every result of the task has.
    fileprivate var heldMetrics: [String] {
        let results = rows.flatMap(\.folds).compactMap(\.result)
        guard let first = results.first?.details?.metrics else { return [] }
        return first.names.filter { name in results.allSatisfy { $0.details?.metrics[name] != nil } }
    }

    fileprivate func scored(by metric: String) -> ResultTable.Block {
        guard metric != self.metric else { return self }
        var block = self
        block.metric = metric
        block.greaterIsBetter = Metrics.greaterIsBetter(metric)
        for row in rows.indices { block.rows[row].score(by: metric) }
        return block
    }
}

extension ResultRow {
    fileprivate mutating func score(by metric: String) {
        for fold in folds.indices {
            let score = folds[fold].result?.details?.metrics[metric]
            folds[fold].result?.score = score
        }
        estimate = FoldEstimate(folds.compactMap { $0.result?.score }, folds: unit.fold.count)
        (spread, paired, published, pooled, bootstrap) = (nil, nil, nil, nil, nil)
    }
}
