extension ResultTable {
    /// One booktabs `tabular` a task; the best in bold. What marks mean is in comments below.
    func latex(_ options: TableOptions) -> String {
        blocks.map { block in
            let columns = columns(of: block, options)
            let specification = columns.map { $0.alignment == .left ? "l" : "r" }.joined()
            let header = columns.map { Grid.latex($0.title) }.joined(separator: " & ")
            let lines = block.rows.map { row in
                columns.map { column in
                    let text = Grid.latex(column.cell(row))
                    guard column.title == block.metric else { return text }
                    return row.isBest ? "\\textbf{\(text)}" : text
                }.joined(separator: " & ") + " \\\\"
            }
            return
                (["% \(title(of: block))", "\\begin{tabular}{\(specification)}", "\\toprule"]
                + [header + " \\\\", "\\midrule"] + lines + ["\\bottomrule", "\\end{tabular}"]).joined(separator: "\n")
        }.joined(separator: "\n\n") + "\n" + (notes + missingCells).map { "% " + $0 + "\n" }.joined()
    }
}
