import Units

extension ResultTable {
    /// Every probe of every feature set in one row, at the layer that inner splits chose: in each fold the layer with the
    /// best inner score, as in ``NestedChoice``. Needs ``ResultFields/innerScores``.
    ///
    /// - Returns: The table, and the rows without inner scores or over other folds than their group, which cannot be
    ///   chosen among and are left out.
    package func atChosenLayers() -> (table: ResultTable, leftOut: [String]) {
        var table = self
        var leftOut: [String] = []
        for index in blocks.indices {
            let rows = blocks[index].rows
            var names: [String] = []
            for name in rows.map({ $0.name(without: .layer) }) where !names.contains(name) { names.append(name) }
            let groups = Dictionary(grouping: rows) { $0.name(without: .layer) }
            table.blocks[index].rows = names.compactMap { name in
                let row = ResultRow.chosen(among: groups[name] ?? [], blocks[index].greaterIsBetter)
                if row == nil { leftOut.append("\(blocks[index].task): \(name)") }
                return row
            }
            table.blocks[index].mark(axis)
        }
        table.blocks.removeAll(where: \.rows.isEmpty)
        return (table, leftOut)
    }
}

extension ResultRow {
    /// One row for several over the same folds: in each fold the one that has the best score on the inner split, and of
    /// equal ones the mean. A fold that a row lacks is missing.
    ///
    /// What is not a score is that of the row that most folds chose, costs among it.
    ///
    /// - Returns: Nil without rows, for rows over other folds or other labels than the first, and where a result has no
    ///   inner score to choose by.
    static func chosen(among rows: [ResultRow], _ greaterIsBetter: Bool) -> ResultRow? {
        guard let first = rows.first,
            rows.allSatisfy({
                $0.unit.task.digest == first.unit.task.digest && $0.unit.task.sampling == first.unit.task.sampling
                    && $0.folds.map(\.reference) == first.folds.map(\.reference)
            })
        else { return nil }
        let inner = rows.map(\.innerScores)
        var places: [Int] = []
        var folds: [Fold] = []
        for index in first.folds.indices {
            if let missing = rows.first(where: { $0.folds[index].result == nil }) {
                var fold = missing.folds[index]
                fold.reasonMissing = fold.reasonMissing ?? "layer \(missing.unit.features.layer) has no result"
                folds.append(fold)
                continue
            }
            guard let winners = best(of: inner.map { $0[index] }, greaterIsBetter) else { return nil }
            var fold = rows[winners[0]].folds[index]
            fold.result?.score = average(winners.map { rows[$0].folds[index].result?.score })
            places.append(winners[0])
            folds.append(fold)
        }
        let counts = Dictionary(grouping: places) { $0 }.mapValues(\.count)
        let most = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0
        var row = rows[most]
        row.folds = folds
        row.estimate = FoldEstimate(folds.compactMap { $0.result?.score }, folds: row.unit.fold.count)
        row.spread = spread(folds, haveDraws: row.unit.shots != nil)
        (row.paired, row.published, row.pooled, row.bootstrap, row.depth) = (nil, nil, nil, nil, nil)
        row.chosenLayers = Dictionary(
            counts.map { (rows[$0.key].unit.features.layer, $0.value) }, uniquingKeysWith: +)
        return row
    }

    /// Where the best score stands, in order; a single row needs none. Nil if one of several has none.
    private static func best(of scores: [Double?], _ greaterIsBetter: Bool) -> [Int]? {
        if scores.count == 1 { return [0] }
        let known = scores.compactMap { $0 }
        guard known.count == scores.count else { return nil }
        let best = greaterIsBetter ? known.max() : known.min()
        return known.indices.filter { known[$0] == best }
    }
}
