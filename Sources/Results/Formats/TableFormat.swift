/// The formats that a table can be written in.
package enum TableFormat: String, CaseIterable, Codable, Sendable {
    /// Aligned columns for a terminal, at most 100 wide for labels of ordinary length.
    case text
    case markdown
    /// RFC 4180, numbers at full precision.
    case csv
    /// An array of rows with every fold, numbers at full precision.
    case json
    /// A `tabular` for the package booktabs.
    case latex
}

/// Optional columns of a table.
package struct TableOptions: Hashable, Sendable {
    /// Measured seconds of training. They differ from run to run, so tables with them differ too.
    package var times: Bool
    /// What was chosen on the inner splits, in human-readable formats; CSV and JSON always have it.
    package var choices: Bool

    package init(times: Bool = false, choices: Bool = false) {
        self.times = times
        self.choices = choices
    }
}

extension ResultTable {
    /// The table in a format, ending in a newline.
    package func rendered(as format: TableFormat, options: TableOptions = TableOptions()) -> String {
        switch format {
        case .text: text(options)
        case .markdown: markdown(options)
        case .csv: csv(options)
        case .json: json(options)
        case .latex: latex(options)
        }
    }
}
