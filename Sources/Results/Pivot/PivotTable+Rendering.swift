import Identities

/// How a pivot table is set.
package struct PivotOptions: Hashable, Sendable {
    package var content: CellContent
    /// Above the table in LaTeX and HTML; nil for what the table itself can say.
    package var caption: String?
    /// LaTeX's label.
    package var label: String
    /// Whether LaTeX is a whole document, which compiles alone.
    package var isDocument: Bool

    package init(
        content: CellContent = .interval, caption: String? = nil, label: String = "tab:probes", isDocument: Bool = false
    ) {
        self.content = content
        self.caption = caption
        self.label = label
        self.isDocument = isDocument
    }
}

extension PivotTable {
    /// The table in a format, ending in a newline.
    package func rendered(as format: PivotFormat, _ options: PivotOptions = PivotOptions()) -> String {
        switch format {
        case .text: text(options)
        case .markdown: markdown(options)
        case .html: html(options)
        case .latex: options.isDocument ? document(options) : latex(options)
        case .csv: csv
        case .json: sortedJSON(records)
        }
    }

    /// Axes of the columns, one line each, and then the rows, whose first cells are their own labels.
    ///
    /// - Parameter cell: how a cell is written.
    func lines(_ cell: (Cell) -> String) -> (heads: [[String]], bodies: [[String]]) {
        let titles = rowAxes.map(\.title)
        let heads = columnAxes.indices.map { axis in
            (axis == columnAxes.count - 1 ? titles : titles.map { _ in "" }) + columns.map { $0[axis] }
        }
        let bodies = zip(rows, cells).map { labels, cells in
            labels + cells.map { $0.map(cell) ?? NumberFormat.missing }
        }
        return (heads.isEmpty ? [titles + columns.map { _ in metrics.first ?? "" }] : heads, bodies)
    }

    /// What the table itself can say.
    func caption(_ options: PivotOptions, underlined: String, bold: String) -> String {
        let content =
            switch shown(options.content) {
            case .mean: ""
            case .interval: " ± half the 95 % interval"
            case .deviation: " ± standard deviation"
            case .parameters: " (trainable parameters in thousands)"
            case .operations: " (GFLOPs per sample)"
            }
        let figures = metrics.joined(separator: ", ") + content
        let replicates =
            folds.upperBound <= 1
            ? "\(figures) on one test fold, which has no interval." : "Mean \(figures) over \(folds.summary) folds."
        let tested =
            isTested ? "; \(underlined): not told apart from it (corrected resampled t-test, Holm, p ≥ 0.05)" : ""
        return "\(replicates) \(bold): best of its task\(tested)."
    }

    /// The marks that occur, in words, and what is to be said of the whole.
    var footnotes: [String] {
        let kinds = Set(cells.joined().compactMap { $0 }.flatMap { $0.row.marks.map(\.kind) }.filter(\.isCaution))
        let missing = cells.joined().contains { $0.map { !$0.row.isComplete } ?? false }
        return RowMark.Kind.allCases.filter(kinds.contains).map { "\($0.sign): \($0.meaning)" } + notes
            + (missing ? ["[n/k]: n of k folds are done; not compared."] : [])
    }

    private func text(_ options: PivotOptions) -> String {
        let (heads, bodies) = lines { cell in
            let signs = cell.signs.isEmpty ? "" : " " + cell.signs
            return (cell.isBest ? "*" : cell.isTied ? "=" : "") + cell.figure(shown(options.content)) + signs
        }
        let table = TextTable(
            columns: (heads.last ?? []).enumerated().map { index, title in
                TextTable.Column(title: title, isLeft: index < rowAxes.count)
            }, rows: heads.dropLast() + bodies)
        let said = options.caption ?? caption(options, underlined: "=", bold: "*")
        return table.text() + "\n" + ([said] + footnotes).map(\.printable).lines
    }

    private func markdown(_ options: PivotOptions) -> String {
        let (heads, bodies) = lines { cell in
            let figure = Grid.markdown(cell.figure(shown(options.content)))
            let signs = cell.signs.isEmpty ? "" : "<sup>\(cell.signs)</sup>"
            return (cell.isBest ? "**\(figure)**" : cell.isTied ? "<u>\(figure)</u>" : figure) + signs
        }
        let labels = bodies.map { line in line.prefix(rowAxes.count).map(Grid.markdown) + line.dropFirst(rowAxes.count)
        }
        let rule = "|" + rowAxes.map { _ in " :-- |" }.joined() + columns.map { _ in " --: |" }.joined()
        let top = heads.map { "| " + $0.map(Grid.markdown).joined(separator: " | ") + " |" }
        let said =
            options.caption.map(Grid.markdown) ?? caption(options, underlined: "<u>underlined</u>", bold: "**bold**")
        let body = labels.map { "| " + $0.joined(separator: " | ") + " |" }
        let notes = footnotes.map { "\n" + Grid.markdown($0) }
        let table: [String] = [top[0], rule] + top.dropFirst() + body
        return (table + ["", said.printable] + notes).lines
    }

    private func html(_ options: PivotOptions) -> String {
        let (heads, bodies) = lines { cell in
            let figure = cell.figure(shown(options.content)).escapedForMarkup
            let signs = cell.signs.isEmpty ? "" : "<sup>\(cell.signs)</sup>"
            return (cell.isBest ? "<b>\(figure)</b>" : cell.isTied ? "<u>\(figure)</u>" : figure) + signs
        }
        let top = heads.map { head in
            let spans = Self.spans(head, after: head == heads.last ? head.count : rowAxes.count).map { span in
                "<th\(span.count > 1 ? " colspan=\"\(span.count)\"" : "")>\(span.label.escapedForMarkup)</th>"
            }
            return "<tr>" + spans.joined() + "</tr>"
        }
        let body = bodies.map { line in
            "<tr>" + line.prefix(rowAxes.count).map { "<th>\($0.escapedForMarkup)</th>" }.joined()
                + line.dropFirst(rowAxes.count).map { "<td>\($0)</td>" }.joined() + "</tr>"
        }
        let said =
            options.caption?.escapedForMarkup ?? caption(options, underlined: "<u>underlined</u>", bold: "<b>bold</b>")
        let notes =
            "<tfoot><tr><td colspan=\"\(rowAxes.count + columns.count)\">"
            + footnotes.map(\.escapedForMarkup).joined(separator: "<br>") + "</td></tr></tfoot>"
        let opening: [String] = ["<table>", "<caption>\(said.printable)</caption>", "<thead>"] + top + ["</thead>"]
        let rest: [String] = ["<tbody>"] + body + ["</tbody>"] + (footnotes.isEmpty ? [] : [notes]) + ["</table>"]
        return (opening + rest).lines
    }

    /// Equal labels beside each other as one, after the first so many.
    static func spans(_ head: [String], after first: Int) -> [(label: String, count: Int)] {
        var spans: [(label: String, count: Int)] = []
        for (index, label) in head.enumerated() {
            if index > first, spans.last?.label == label {
                spans[spans.count - 1].count += 1
            } else {
                spans.append((label, 1))
            }
        }
        return spans
    }
}

/// The formats of pivot tables.
package enum PivotFormat: String, CaseIterable, Sendable {
    case text, markdown, html
    /// A `table` for the packages booktabs and graphicx.
    case latex
    /// A line for each cell.
    case csv
    /// An object for each cell.
    case json
}
