extension Board {
    /// The board's tables: probes side by side, each probe over tasks, and each probe task by task.
    package var sheets: [Sheet] { grids.map { Sheet($0.grid, notes: $0.notes, naming: "backbone") } }

    /// The order of the backbones under each probe in words, and how much of it is resolved: over tasks where that can be
    /// tested, else on each task.
    package var findings: [String] {
        sections.flatMap { section -> [String] in
            if let overTasks = section.overTasks {
                return [Self.words(overTasks, "\(section.probe), over \(tasks.count) tasks")]
            }
            return zip(tasks, section.rankings).compactMap { task, ranking in
                ranking.map { Self.words($0, tasks.count == 1 ? section.probe : "\(section.probe), \(task.name)") }
            }
        }
    }

    private static func words(_ ranking: Ranking, _ scope: String) -> String {
        let order = ranking.rows.map { "\($0.backbone) (rank \($0.rank.summary))" }.joined(separator: ", ")
        let pairs = ranking.rows.count - 1
        return "\(scope): \(order). \(ranking.adjacentResolved) of \(pairs) neighbouring "
            + (pairs == 1 ? "pair is told apart." : "pairs are told apart.")
    }
}
