/// The formats that comparisons can be written in.
package enum ComparisonFormat: String, CaseIterable, Codable, Sendable {
    /// Aligned columns for a terminal.
    case text
    case markdown
    /// One line a pair, RFC 4180, numbers at full precision.
    case csv
    /// An array of comparisons, everything at full precision.
    case json
}

/// The columns of a table of pairs: all numbers except the verdict.
struct PairColumns {
    let titles: [String]

    init(_ titles: [String]) {
        self.titles = titles
    }

    func text(_ cells: [[String]]) -> String {
        let table = TextTable(
            columns: titles.map { TextTable.Column(title: $0, isLeft: $0 == "verdict") }, rows: cells)
        return String(table.text().dropLast())
    }

    func markdown(_ cells: [[String]]) -> String {
        let rule = "|" + titles.map { $0 == "verdict" ? " :-- |" : " --: |" }.joined()
        let lines = cells.map { "| " + $0.joined(separator: " | ") + " |" }
        return String((["| " + titles.joined(separator: " | ") + " |", rule] + lines).lines.dropLast())
    }
}

extension Array where Element == String {
    /// One line for each.
    var lines: String { map { $0 + "\n" }.joined() }
}

extension NumberFormat {
    /// A p-value with three decimals, or as `<0.001`.
    static func probability(_ value: Double) -> String {
        value > 0 && value < 0.001 ? "<0.001" : fixed(value, 3)
    }
}
