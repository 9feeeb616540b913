import Identities

extension PivotTable {
    /// A `table` for the package booktabs.
    func latex(_ options: PivotOptions) -> String {
        let (heads, bodies) = lines { cell in
            let figure = Grid.latex(cell.figure(options.content))
            let signs = cell.signs.isEmpty ? "" : "\\textsuperscript{\(Grid.latex(cell.signs))}"
            return (cell.isBest ? "\\textbf{\(figure)}" : cell.isTied ? "\\underline{\(figure)}" : figure) + signs
        }
        let specification = rowAxes.map { _ in "l" }.joined() + columns.map { _ in "r" }.joined()
        let top = heads.enumerated().flatMap { index, head in
            index + 1 < heads.count
                ? spanned(head) : [head.map(Grid.latex).joined(separator: " & ") + " \\\\"]
        }
        let body = bodies.map { line in
            (line.prefix(rowAxes.count).map(Grid.latex) + line.dropFirst(rowAxes.count)).joined(separator: " & ")
                + " \\\\"
        }
        let said =
            options.caption.map(Grid.latex)
            ?? Grid.latex(caption(options, underlined: "underlined", bold: "bold"))
            .replacing("bold:", with: "\\textbf{bold}:").replacing("underlined:", with: "\\underline{underlined}:")
        let notes =
            footnotes.isEmpty
            ? [] : ["\\\\[2pt]", "{\\footnotesize " + footnotes.map(Grid.latex).joined(separator: "; ") + "}"]
        let opening: [String] = [
            "\\begin{table}", "\\centering", "\\caption{\(said)}", "\\label{\(options.label)}",
            "\\begin{tabular}{\(specification)}", "\\toprule",
        ]
        let rest: [String] = ["\\midrule"] + body + ["\\bottomrule", "\\end{tabular}"] + notes + ["\\end{table}"]
        return (opening + top + rest).lines
    }

    /// A head with one label over all columns that share it, and a rule below each.
    private func spanned(_ head: [String]) -> [String] {
        var (cells, rules, next) = ([String](), [String](), 1)
        for span in Self.spans(head, after: rowAxes.count) {
            let label = Grid.latex(span.label)
            cells.append(span.count > 1 ? "\\multicolumn{\(span.count)}{c}{\(label)}" : label)
            if !span.label.isEmpty { rules.append("\\cmidrule(lr){\(next)-\(next + span.count - 1)}") }
            next += span.count
        }
        return [cells.joined(separator: " & ") + " \\\\", rules.joined(separator: " ")]
    }

    /// A document of that table alone.
    func document(_ table: String) -> String {
        "\\documentclass{article}\n\\usepackage[utf8]{inputenc}\n\\usepackage[T1]{fontenc}\n\\usepackage{booktabs}\n"
            + "\\begin{document}\n" + table + "\\end{document}\n"
    }
}
