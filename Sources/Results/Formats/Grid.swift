import Identities

/// A titled table of cells in the human-readable formats.
struct Grid {
    let title: String
    let columns: [TextTable.Column]
    let rows: [[String]]

    var text: String { title.printable + "\n" + TextTable(columns: columns, rows: rows).text() }

    var markdown: String {
        let rule = "|" + columns.map { $0.isLeft ? " :-- |" : " --: |" }.joined()
        let lines = ([columns.map(\.title)] + rows).map { "| " + $0.map(Self.markdown).joined(separator: " | ") + " |" }
        return (["**\(title.printable)**", "", lines[0], rule] + lines.dropFirst()).lines
    }

    /// The same without columns that have a value in no row.
    var withoutMissingColumns: Grid {
        let kept = columns.indices.filter { column in
            rows.isEmpty || rows.contains { $0[column] != NumberFormat.missing }
        }
        return Grid(title: title, columns: kept.map { columns[$0] }, rows: rows.map { row in kept.map { row[$0] } })
    }

    /// A booktabs `tabular`, under its title in a comment.
    var latex: String { (["% \(title.printable)"] + latexTable.paragraph).joined(separator: "\n") }

    var latexTable: LaTeXTable {
        let lines = ([columns.map(\.title)] + rows).map { $0.map(Self.latex).joined(separator: " & ") + " \\\\" }
        return LaTeXTable(
            specification: columns.map { $0.isLeft ? "l" : "r" }.joined(), head: [lines[0]],
            body: Array(lines.dropFirst()), texts: [columns.map(\.title)] + rows)
    }

    /// Escapes text for Markdown.
    static func markdown(_ text: String) -> String {
        var escaped = ""
        for character in text.printable {
            if #"\|_*<`"#.contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped
    }

    /// Escapes text for LaTeX.
    static func latex(_ text: String) -> String {
        var (parts, rest) = ("", text.printable[...])
        while let first = rest.first {
            let lowered = rest.prefix { FontMetrics.plain($0) != nil }
            if lowered.isEmpty {
                parts += latex(first)
                rest = rest.dropFirst()
            } else {
                parts += "$_{\(String(lowered.map { FontMetrics.plain($0) ?? $0 }))}$"
                rest = rest.dropFirst(lowered.count)
            }
        }
        return parts
    }

    private static func latex(_ character: Character) -> String {
        switch character {
        case "&", "%", "$", "#", "_", "{", "}": "\\\(character)"
        case "~": "\\textasciitilde{}"
        case "^": "\\textasciicircum{}"
        case "\\": "\\textbackslash{}"
        case "±": "$\\pm$"
        case "×": "$\\times$"
        case "–": "--"
        case "≥": "$\\geq$"
        case "τ": "$\\tau$"
        case "ρ": "$\\rho$"
        case "²": "$^2$"
        // After the end of a line a bracket would be its option.
        case "[": "{[}"
        default: "\(character)"
        }
    }
}

extension String {
    /// The text on one line in SVG and HTML, outside of attributes.
    var escapedForMarkup: String {
        printable.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
