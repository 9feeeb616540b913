import Identities

extension PivotTable {
    /// A `table` for the packages booktabs and graphicx.
    func latex(_ options: PivotOptions) -> String {
        let said =
            options.caption.map(Grid.latex)
            ?? Grid.latex(caption(options, underlined: "underlined", bold: "bold"))
            .replacing("bold:", with: "\\textbf{bold}:").replacing("underlined:", with: "\\underline{underlined}:")
        let notes =
            footnotes.isEmpty
            ? [] : ["\\\\[2pt]", "{\\footnotesize " + footnotes.map(Grid.latex).joined(separator: "; ") + "}"]
        let opening: [String] = [
            LaTeXTable.packages, "\\begin{table}", "\\centering", "\\caption{\(said)}", "\\label{\(options.label)}",
        ]
        return (opening + latexTable(options).lines + notes + ["\\end{table}"]).lines
    }

    /// What to tell whoever sets it in LaTeX: that its letters will be too small; nil where they can be read.
    package func latexWarning(_ options: PivotOptions) -> String? {
        latexTable(options).warning(
            options.label, isAcross: options.isDocument,
            remedy: "Move an axis from --columns to --rows, or select with --task, --features and --probe.")
    }

    private func latexTable(_ options: PivotOptions) -> LaTeXTable {
        let (heads, bodies) = lines { cell in
            let figure = Grid.latex(cell.figure(shown(options.content)))
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
        let plain = lines { $0.figure(shown(options.content)) + " " + $0.signs }
        return LaTeXTable(
            specification: specification, head: top, body: body, texts: plain.heads.suffix(1) + plain.bodies)
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

    /// A document of the table alone, across the page where the table is wider than a line.
    func document(_ options: PivotOptions) -> String {
        let across = latexTable(options).isWide ? ["\\usepackage[a4paper,landscape,margin=2cm]{geometry}"] : []
        let packages = ["[utf8]{inputenc}", "[T1]{fontenc}", "{booktabs}", "{graphicx}"].map { "\\usepackage" + $0 }
        return (["\\documentclass{article}"] + packages + across + ["\\begin{document}"]).lines + latex(options)
            + "\\end{document}\n"
    }
}
