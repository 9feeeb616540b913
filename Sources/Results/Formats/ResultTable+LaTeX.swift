import Identities

extension ResultTable {
    /// One booktabs `tabular` a task; the best in bold. What marks mean is in comments below.
    func latex(_ options: TableOptions) -> String {
        let tables = blocks.map { block in
            (["% \(title(of: block))"] + latexTable(of: block, options).paragraph).joined(separator: "\n")
        }
        return LaTeXTable.packages + "\n" + tables.joined(separator: "\n\n") + "\n"
            + (notes + missingCells).map { "% " + $0 + "\n" }.joined()
    }

    /// What to tell whoever sets the tables in LaTeX; a line each, empty where all can be read.
    package func latexWarnings(_ options: TableOptions) -> [String] {
        blocks.compactMap { block in
            latexTable(of: block, options).warning(
                title(of: block), remedy: "Choose columns with --show, or take a table with --rows and --columns.")
        }
    }

    private func latexTable(of block: Block, _ options: TableOptions) -> LaTeXTable {
        let columns = columns(of: block, options)
        let texts = block.rows.map { row in columns.map { $0.cell(row) } }
        let lines = zip(block.rows, texts).map { row, cells in
            zip(columns, cells).map { column, cell in
                let text = Grid.latex(cell)
                return column.title == block.metric && row.isBest ? "\\textbf{\(text)}" : text
            }.joined(separator: " & ") + " \\\\"
        }
        return LaTeXTable(
            specification: columns.map { $0.alignment == .left ? "l" : "r" }.joined(),
            head: [columns.map { Grid.latex($0.title) }.joined(separator: " & ") + " \\\\"], body: lines,
            texts: [columns.map(\.title)] + texts)
    }
}
