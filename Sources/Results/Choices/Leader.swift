import Units

/// The best row of a task while its sweep is being trained.
package struct Leader: Sendable, Equatable {
    package let task: String
    package let metric: String
    /// The row's name, as tables have it.
    package let name: String
    package let mean: Double
    /// Half the interval; nil for a single fold.
    package let halfWidth: Double?
    package let foldsDone: Int
    package let folds: Int

    /// The best of the rows that have the most folds, for each task: a row with one lucky fold leads nothing. Controls and
    /// rows that chose on test folds do not compete.
    package static func leaders(of table: ResultTable) -> [Leader] {
        table.blocks.compactMap { block in
            let rows = block.rows.filter { !$0.isControl && !$0.isOptimistic && $0.estimate != nil }
            guard let most = rows.map(\.foldsDone).max() else { return nil }
            let compared = rows.filter { $0.foldsDone == most }
            let best = compared.max { first, second in
                let (first, second) = (first.estimate?.mean ?? .nan, second.estimate?.mean ?? .nan)
                return block.greaterIsBetter ? first < second : first > second
            }
            return best.flatMap { row in
                row.estimate.map { estimate in
                    Leader(
                        task: block.task, metric: block.metric, name: row.name, mean: estimate.mean,
                        halfWidth: estimate.halfWidth, foldsDone: row.foldsDone, folds: row.folds.count)
                }
            }
        }
    }

    /// A line for each task, in columns.
    package static func lines(_ leaders: [Leader]) -> [String] {
        let rows = leaders.map { leader in
            let interval = leader.halfWidth.map { " ± \(NumberFormat.fixed($0))" } ?? ""
            let folds = leader.foldsDone < leader.folds ? ", \(leader.foldsDone) of \(leader.folds) folds" : ""
            let score = "\(DisplayName.metric(leader.metric)) \(NumberFormat.fixed(leader.mean))\(interval)"
            return [leader.task, score + folds, leader.name]
        }
        let table = TextTable(columns: [.left(""), .left(""), .left("")], rows: rows)
        return table.text(indent: 2).split(separator: "\n").map(String.init).filter { !$0.isEmpty }
    }
}
