extension ResultTable {
    /// One booktabs `tabular` a task; the best in bold, the Pareto front with a dagger.
    func latex(_ options: TableOptions) -> String {
        blocks.map { block in
            let columns = columns(of: block, options)
            let specification = columns.map { $0.alignment == .left ? "l" : "r" }.joined()
            let header = columns.map { Self.escaped($0.title) }.joined(separator: " & ")
            let lines = block.rows.map { row in
                columns.map { column in
                    let text = Self.escaped(column.cell(row))
                    guard column.title == block.metric else { return text }
                    return (row.isBest ? "\\textbf{\(text)}" : text) + (row.isOnFront ? "$^\\dagger$" : "")
                }.joined(separator: " & ") + " \\\\"
            }
            return
                (["% \(title(of: block)); \\dagger: Pareto front", "\\begin{tabular}{\(specification)}", "\\toprule"]
                + [header + " \\\\", "\\midrule"] + lines + ["\\bottomrule", "\\end{tabular}"]).joined(separator: "\n")
        }.joined(separator: "\n\n") + "\n" + missingCells.map { "% " + $0 + "\n" }.joined()
    }

    private static func escaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "&", "%", "$", "#", "_", "{", "}": "\\\(character)"
            case "~": "\\textasciitilde{}"
            case "^": "\\textasciicircum{}"
            case "\\": "\\textbackslash{}"
            case "±": "$\\pm$"
            case "×": "$\\times$"
            case "–": "--"
            default: "\(character)"
            }
        }.joined()
    }
}
