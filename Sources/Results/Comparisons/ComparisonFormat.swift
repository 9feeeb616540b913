/// What comparisons can be written as.
package enum ComparisonFormat: String, CaseIterable, Codable, Sendable {
    /// Aligned columns for a terminal.
    case text
    case markdown
    /// One line a pair, RFC 4180, numbers at full precision.
    case csv
    /// An array of comparisons, everything at full precision.
    case json
}

/// The columns of a table of pairs: numbers, but for the verdict.
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
    /// Each in a line of its own.
    var lines: String { map { $0 + "\n" }.joined() }
}

extension Display {
    /// A p-value: three decimals, with its order of magnitude where they would show nothing.
    static func probability(_ value: Double) -> String {
        value > 0 && value < 0.001 ? "<0.001" : fixed(value, 3)
    }
}
