/// The formats that a table can be written in.
package enum TableFormat: String, CaseIterable, Codable, Sendable {
    /// Aligned columns for a terminal, at most 100 wide for labels of ordinary length.
    case text
    case markdown
    /// RFC 4180, numbers at full precision.
    case csv
    /// An array of rows with every fold, numbers at full precision.
    case json
    /// A `tabular` for the packages booktabs and graphicx.
    case latex
}

/// Optional columns of a table.
package struct TableOptions: Hashable, Sendable {
    /// Measured seconds of training. They differ from run to run, so tables with them differ too.
    package var times: Bool
    /// What was chosen on the inner splits of every fold; JSON always has it.
    package var choices: Bool

    /// The columns that are shown, by their titles and in this order, where people read the table; empty for the usual
    /// ones. `metric` is the column of the task's metric.
    package var columns: [String]

    package init(times: Bool = false, choices: Bool = false, columns: [String] = []) {
        self.times = times || columns.contains("seconds")
        self.choices = choices || columns.contains("choice")
        self.columns = columns
    }
}

extension ResultTable {
    /// The table in a format, ending in a newline.
    package func rendered(as format: TableFormat, options: TableOptions = TableOptions()) -> String {
        var text = ""
        // Only `write` may fail, and this one does not.
        try? write(as: format, options: options) { text += $0 }
        return text
    }

    /// Writes the table in a format, ending in a newline, part by part: CSV and JSON never as a whole.
    package func write(
        as format: TableFormat, options: TableOptions = TableOptions(), to write: (String) throws -> Void
    ) throws {
        switch format {
        case .text: try write(text(options))
        case .markdown: try write(markdown(options))
        case .csv: try writeCSV(options, to: write)
        case .json: try writeJSON(options, to: write)
        case .latex: try write(latex(options))
        }
    }

    /// Writes every row as a text that is made on all cores.
    func writeRows(
        to write: (String) throws -> Void, _ text: @Sendable (ResultRow, Block) -> String
    ) throws {
        for block in blocks {
            for start in stride(from: 0, to: block.rows.count, by: Self.rowsInPart) {
                let rows = block.rows[start..<min(start + Self.rowsInPart, block.rows.count)]
                let texts = withoutActuallyEscaping(text) { text in
                    inParallel(Array(rows)) { text($0, block) }
                }
                for text in texts { try write(text) }
            }
        }
    }

    private static let rowsInPart = 64
}
