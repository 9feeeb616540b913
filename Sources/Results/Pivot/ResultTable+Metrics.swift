import Metrics
import Units

extension ResultTable {
    /// Every task once for each of several metrics that results hold beside the task's own, in order of task and metric.
    /// Needs ``ResultFields/details``.
    ///
    /// Which layer, setting and epoch a row stands for stays a choice by the task's own metric or loss.
    ///
    /// - Parameter metrics: names; a task that lacks one has no block for it, which ``lackingMetrics`` says.
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
        table.lackingMetrics = zip(blocks, held).flatMap { block, held in
            metrics.filter { !held.contains($0) }.map(block.lack(of:))
        }
        return table
    }

    /// The same for tables of a row a line: beside another metric than a task's own there is nothing that is by its own
    /// (scores in training, inside and of chance), and the best row and the front are by the metric that is shown.
    package var markedByMetricsShown: ResultTable {
        var table = self
        for index in table.blocks.indices where table.blocks[index].isOfAnotherMetric {
            table.blocks[index].leaveOutScoresOfOwnMetric()
            table.blocks[index].mark(axis)
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

    fileprivate var isOfAnotherMetric: Bool { rows.contains { $0.unit.task.metric != metric } }

    fileprivate mutating func leaveOutScoresOfOwnMetric() {
        for row in rows.indices {
            for fold in rows[row].folds.indices {
                guard let finding = rows[row].folds[fold].result?.finding else { continue }
                rows[row].folds[fold].result?.finding = finding.leavingOutScores
            }
        }
    }

    /// Why the task is not shown by a metric.
    fileprivate func lack(of metric: String) -> String {
        let results = rows.flatMap(\.folds).compactMap(\.result)
        let have = results.count { $0.details?.metrics[metric] != nil }
        let found = results.isEmpty ? "it has no results" : "\(have) of \(results.count) results have it"
        return "\(task) is not shown by \(metric): \(found)."
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
