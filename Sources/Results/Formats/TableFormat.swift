/// What a table can be written as.
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

/// What a table shows beside its standard columns.
package struct TableOptions: Hashable, Sendable {
    /// Measured seconds of training. They differ from run to run, so tables with them are not comparable byte for byte.
    package var times: Bool
    /// What was chosen on the inner splits, in formats for reading; CSV and JSON always have it.
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
