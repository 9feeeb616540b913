import Foundation

/// What a comparison can be written as.
public enum ComparisonFormat: String, CaseIterable, Codable, Sendable {
    /// Aligned columns for a terminal.
    case text
    case markdown
    /// Everything at full precision.
    case json
}

extension Comparison {
    /// The pairwise table in a format, ending in a newline.
    public func rendered(as format: ComparisonFormat) -> String {
        switch format {
        case .text: ([title, columns.text(cells)] + ["rows"] + numberedRows.map { "  " + $0 } + legend).lines
        case .markdown:
            (["**\(title)**", "", columns.markdown(cells), "Rows:", ""] + numberedRows.map { "- " + $0 } + [""]
                + [legend.joined(separator: " ")]).lines
        case .json: sortedJSON(self)
        }
    }

    private var title: String {
        "\(task): \(metric) over \(folds) folds, \(pairs.count) \(pairs.count == 1 ? "pair" : "pairs")"
    }

    private var columns: PairColumns {
        PairColumns([
            "first", "second", "advantage", "±95%", "p", "Holm p", "P(first)", "P(same)", "P(second)", "verdict",
        ])
    }

    private var cells: [[String]] {
        pairs.map { pair in
            [
                "\(pair.first + 1)", "\(pair.second + 1)", Display.fixed(pair.advantage.difference),
                Display.fixed(pair.advantage.halfWidth), Display.probability(pair.advantage.pValue),
                Display.probability(pair.correctedPValue), Display.fixed(pair.posterior.firstBetter, 3),
                Display.fixed(pair.posterior.equivalent, 3), Display.fixed(pair.posterior.secondBetter, 3),
                verdict(on: pair),
            ]
        }
    }

    /// What the posterior says at 95 %.
    private func verdict(on pair: Pair) -> String {
        if pair.posterior.firstBetter >= 0.95 { return "first" }
        if pair.posterior.secondBetter >= 0.95 { return "second" }
        return pair.posterior.equivalent >= 0.95 ? "same" : "open"
    }

    private var numberedRows: [String] {
        rows.enumerated().map { "\($0 + 1)  \($1.name)  \(Display.fixed($1.mean))" }
    }

    private var legend: [String] {
        [
            "advantage: of the first, positive where it is better; p: corrected resampled t-test (Nadeau–Bengio).",
            "P: Bayesian correlated t-test; same: within ±\(Exact.number(equivalence)); verdict at 95 %.",
        ]
    }
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
        return (["| " + titles.joined(separator: " | ") + " |", rule] + lines).lines
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

/// JSON with sorted keys, ending in a newline.
func sortedJSON(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data = (try? encoder.encode(value)) ?? Data("null".utf8)
    return String(decoding: data, as: UTF8.self) + "\n"
}
