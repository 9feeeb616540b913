import Units

/// The best row of a task, and how far it is ahead of every other over the same folds.
struct TaskContest {
    /// Complete rows over the folds and labels of the best one, best first.
    let block: ResultTable.Block
    /// The best with every other; nil for a single row or fold.
    let comparison: Comparison?
    /// The best row's score with and without correction for having been chosen; nil for a single row.
    let correction: BestRow?
    /// Complete rows over other folds or labels, which cannot be compared with it.
    let notCompared: Int

    var best: ResultRow { block.rows[0] }

    /// Nil where no row is complete. Controls do not compete, nor do rows that chose on test folds, where others did not.
    init?(_ task: ResultTable.Block) {
        let honest = task.honest
        let complete = honest.rows.filter(\.isComplete)
        let order = complete.indices.sorted {
            (-honest.score(of: complete[$0]), $0) < (-honest.score(of: complete[$1]), $1)
        }
        guard let best = order.first.map({ complete[$0] }) else { return nil }
        let references = best.folds.map(\.reference)
        var block = honest
        block.rows = order.map { complete[$0] }.filter {
            $0.unit.task.digest == best.unit.task.digest && $0.folds.map(\.reference) == references
                && $0.folds.allSatisfy { $0.result?.score != nil }
        }
        notCompared = complete.count - block.rows.count
        if block.rows.isEmpty { block.rows = [best] }
        self.block = block
        comparison = try? Comparison.make(block, pairing: .best)
        correction = try? BestRow.make(block)
    }

    /// The best row over the row at a place behind it; nil without a comparison.
    func advantage(over place: Int) -> Comparison.Pair? {
        comparison?.pairs.first { $0.second == place && $0.first == 0 }
    }

    /// The place of the best of the rows that a condition holds for.
    func firstPlace(where holds: (ResultRow) -> Bool) -> Int? {
        block.rows.indices.dropFirst().first { holds(block.rows[$0]) }
    }
}
