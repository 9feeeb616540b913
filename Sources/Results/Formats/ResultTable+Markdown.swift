extension ResultTable {
    func markdown(_ options: TableOptions) -> String {
        let parts = blocks.map { block in
            let columns = columns(of: block, options)
            let header = ["| " + columns.map { Grid.markdown($0.title) }.joined(separator: " | ") + " | mark |"]
            let rule = ["|" + columns.map { $0.alignment == .left ? " :-- |" : " --: |" }.joined() + " :-- |"]
            let lines = block.rows.map { row in
                let cells = columns.map { Grid.markdown($0.cell(row)) }
                return "| " + cells.joined(separator: " | ") + " | \(Self.mark(row)) |"
            }
            return (["**\(title(of: block))**", ""] + header + rule + lines).joined(separator: "\n") + "\n"
        }
        let notes =
            [legend.joined(separator: " "), ""] + bestRows(over: .row).map { $0.summary + "\n" }
            + missingCells.map { $0.hasPrefix("  ") ? "- " + $0.dropFirst(2) : $0 + "\n" }
        return parts.joined(separator: "\n") + "\n" + notes.joined(separator: "\n") + "\n"
    }

    private static func mark(_ row: ResultRow) -> String {
        [row.isBest ? "best" : nil, row.isOnFront ? "Pareto" : nil, row.isOptimistic ? "optimistic!" : nil]
            .compactMap { $0 }.joined(separator: ", ")
    }
}
