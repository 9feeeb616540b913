import Results

extension Markup {
    /// A section with its heading, which links lead to.
    static func section(_ id: String, _ title: String, _ parts: [Markup]) -> Markup {
        """
        <section aria-labelledby="\(id)">
        <h2 id="\(id)">\(title)</h2>
        \(parts.joined())
        </section>
        """
    }

    static func paragraph(_ text: String) -> Markup { "<p>\(text)</p>" }

    /// That a list or table goes on, and what shows the rest; nothing where it is whole.
    ///
    /// - Parameter noun: Of one of what is left out.
    static func leftOut(_ count: Int, _ noun: String, _ remedy: String) -> [Markup] {
        count > 0 ? [.paragraph("\(count) more \(noun)\(count == 1 ? "" : "s"): \(remedy)")] : []
    }

    static func list(_ lines: [String]) -> Markup {
        lines.isEmpty ? "" : "<ul>\n\(lines.map { "<li>\($0)</li>" as Markup }.joined())\n</ul>"
    }

    /// A part that is closed at first.
    static func details(_ summary: String, _ parts: [Markup]) -> Markup {
        "<details><summary>\(summary)</summary>\n\(parts.joined())\n</details>"
    }

    /// A text to copy, as it is.
    static func listing(_ text: String, label: String) -> Markup {
        "<pre tabindex=\"0\" role=\"region\" aria-label=\"\(label)\"><code>\(text)</code></pre>"
    }

    /// A table that scrolls by itself where it is wider than the page.
    static func table(_ sheet: Sheet) -> Markup {
        let head = sheet.columns.map { column -> Markup in
            column.isNumber
                ? "<th scope=\"col\" class=\"number\">\(column.title)</th>" : "<th scope=\"col\">\(column.title)</th>"
        }
        let body = sheet.rows.map { row -> Markup in
            let cells = row.enumerated().map { index, text -> Markup in
                if index == sheet.naming { return "<th scope=\"row\">\(text)</th>" }
                return sheet.columns[index].isNumber ? "<td class=\"number\">\(text)</td>" : "<td>\(text)</td>"
            }
            return .verbatim("<tr>" + cells.map(\.text).joined() + "</tr>")
        }
        return """
            <div class="wide" tabindex="0" role="region" aria-label="\(sheet.title)">
            <table>
            <caption>\(sheet.title)</caption>
            <thead><tr>\(Markup.verbatim(head.map(\.text).joined()))</tr></thead>
            <tbody>
            \(body.joined())
            </tbody>
            </table>
            </div>
            \(sheet.notes.isEmpty ? "" : "<p class=\"note\">\(sheet.notes.joined(separator: " "))</p>" as Markup)
            """
    }

    /// A figure as it is for wide windows and for narrow ones, of which a window shows one.
    ///
    /// - Parameters:
    ///   - wide: SVG files of this program.
    ///   - label: What is seen, for those who do not see it.
    static func figure(wide: String, narrow: String, label: String, caption: String) -> Markup {
        """
        <figure>
        <div class="page">\(image(wide, label))</div>
        <div class="column">\(image(narrow, label))</div>
        <figcaption>\(caption)</figcaption>
        </figure>
        """
    }

    private static func image(_ svg: String, _ label: String) -> Markup {
        let opening = "<svg "
        guard svg.hasPrefix(opening) else { return "" }
        return .verbatim("<svg role=\"img\" aria-label=\"\(escaped(label))\" " + svg.dropFirst(opening.count))
    }
}
