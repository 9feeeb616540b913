extension ResultTable {
    func markdown(_ options: TableOptions) -> String {
        let parts = blocks.map { block in
            let columns = columns(of: block, options)
            let header = ["| " + columns.map { Grid.markdown($0.title) }.joined(separator: " | ") + " |"]
            let rule = ["|" + columns.map { $0.alignment == .left ? " :-- |" : " --: |" }.joined()]
            let lines = block.rows.map { row in
                "| " + columns.map { Grid.markdown($0.cell(row)) }.joined(separator: " | ") + " |"
            }
            return (["**\(title(of: block))**", ""] + header + rule + lines).joined(separator: "\n") + "\n"
        }
        let notes =
            notes.map { Grid.markdown($0) + "\n" } + bestRows(over: .row).map { $0.summary + "\n" }
            + missingCells.map { $0.hasPrefix("  ") ? "- " + $0.dropFirst(2) : $0 + "\n" }
        return parts.joined(separator: "\n") + "\n" + notes.joined(separator: "\n") + "\n"
    }
}
