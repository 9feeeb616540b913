import Units

extension ResultTable {
    /// A part of the table that a figure has room for, and what is left out.
    package struct Drawn: Sendable {
        package let table: ResultTable
        /// Nil where nothing is left out.
        package let note: String?
    }

    /// The rows that differ from another in nothing but the axis, which are lines over it.
    package func lines(over axis: RowAxis) -> ResultTable {
        var table = self
        for index in blocks.indices {
            let honest = blocks[index].honest.rows
            let places = Dictionary(grouping: honest) { $0.name(without: axis) }.mapValues { rows in
                Set(rows.map { $0.axisLabel(on: axis) }).count
            }
            table.blocks[index].rows = honest.filter { places[$0.name(without: axis), default: 0] > 1 }
        }
        table.blocks.removeAll(where: \.rows.isEmpty)
        return table
    }

    /// At most so many tasks, the first by name, and of each task at most so many lines: of each backbone in turn the one
    /// whose best row is best.
    ///
    /// - Parameter axis: What a line runs over; nil where each row stands for itself.
    package func drawn(tasks: Int, lines: Int, over axis: RowAxis?) -> Drawn {
        var table = self
        var notes: [String] = []
        if blocks.count > tasks {
            table.blocks = Array(blocks.prefix(tasks))
            notes.append("\(blocks.count - tasks) of \(blocks.count) tasks are not drawn.")
        }
        var (kept, all) = (0, 0)
        for index in table.blocks.indices {
            let names = table.blocks[index].linesInTurn(over: axis)
            all += names.count
            kept += min(lines, names.count)
            guard names.count > lines else { continue }
            let drawn = Set(names.prefix(lines))
            table.blocks[index].rows.removeAll { !drawn.contains($0.name(without: axis)) }
        }
        if kept < all {
            notes.append(
                "Of \(all) \(axis == nil ? "rows" : "lines") at most \(lines) of each task are drawn, the best of each backbone."
            )
        }
        return Drawn(table: table, note: notes.isEmpty ? nil : notes.joined(separator: " "))
    }
}

extension ResultTable.Block {
    /// The names of lines: the best of each backbone, then the second of each, and so on.
    fileprivate func linesInTurn(over axis: RowAxis?) -> [String] {
        let honest = honest
        let ofBackbones = Dictionary(grouping: honest.rows, by: \.features).mapValues { rows in
            Dictionary(
                rows.map { ($0.name(without: axis), $0.isComplete ? honest.score(of: $0) : -.infinity) },
                uniquingKeysWith: { Swift.max($0, $1) }
            ).sorted { (-$0.value, $0.key) < (-$1.value, $1.key) }
        }
        let turns = ofBackbones.values.flatMap { lines in
            lines.enumerated().map { (turn: $0.offset, score: $0.element.value, name: $0.element.key) }
        }
        return turns.sorted { ($0.turn, -$0.score, $0.name) < ($1.turn, -$1.score, $1.name) }.map(\.name)
    }
}
