import Identities

extension [Comparison] {
    /// Tables of pairs in a format, ending in a newline.
    package func rendered(as format: ComparisonFormat) -> String {
        switch format {
        case .text: map { $0.text + "\n" }.joined() + legend.lines
        case .markdown: map { $0.markdown + "\n" }.joined() + [legend.joined(separator: " ")].lines
        case .csv: CSV.text([Comparison.header] + flatMap(\.fields))
        case .json: sortedJSON(self)
        }
    }

    private var legend: [String] {
        let regions = Set(map(\.equivalence)).sorted().map(RoundTripFormat.number).joined(separator: ", ")
        return [
            "advantage: of the first, positive where it is better; p: corrected resampled t-test (Nadeau–Bengio).",
            "Holm p: corrected for the pairs of one table. P: Bayesian correlated t-test; same: within ±\(regions);",
            "verdict at 95 %.",
        ]
    }
}

extension Comparison {
    fileprivate var text: String {
        ([title, Self.columns.text(cells), "rows"] + numberedRows.map { "  " + $0 }).lines
    }

    fileprivate var markdown: String {
        (["**\(title)**", "", Self.columns.markdown(cells), "", "Rows:", ""] + numberedRows.map { "- " + $0 }).lines
    }

    private var title: String {
        let text =
            "\(task): \(metric)\(greaterIsBetter ? "" : " (less is better)") over \(folds) folds, "
            + (scope.isEmpty ? "" : scope + ", ") + "\(pairs.count) \(pairs.count == 1 ? "pair" : "pairs")"
        return text.printable
    }

    private static let columns = PairColumns([
        "first", "second", "advantage", "±95%", "p", "Holm p", "P(first)", "P(same)", "P(second)", "verdict",
    ])

    private var cells: [[String]] {
        pairs.map { pair in
            [
                "\(pair.first + 1)", "\(pair.second + 1)", NumberFormat.fixed(pair.advantage.difference),
                NumberFormat.fixed(pair.advantage.halfWidth), NumberFormat.probability(pair.advantage.pValue),
                NumberFormat.probability(pair.correctedPValue), NumberFormat.fixed(pair.posterior.firstBetter, 3),
                NumberFormat.fixed(pair.posterior.equivalent, 3), NumberFormat.fixed(pair.posterior.secondBetter, 3),
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
        let names = rows.map(\.name).withoutSharedParts
        return rows.indices.map { "\($0 + 1)  \(names[$0].printable)  \(NumberFormat.fixed(rows[$0].mean))" }
    }

    fileprivate static let header = [
        "task", "metric", "scope", "folds", "first", "second", "first_mean", "second_mean", "advantage",
        "interval_low", "interval_high", "t", "degrees_of_freedom", "p", "holm_p", "equivalence", "p_first_better",
        "p_equivalent", "p_second_better", "verdict",
    ]

    fileprivate var fields: [[String]] {
        pairs.map { pair in
            let (first, second, test) = (rows[pair.first], rows[pair.second], pair.advantage)
            return [task, metric, scope, "\(folds)", first.name, second.name]
                + [
                    first.mean, second.mean, test.difference, test.difference - test.halfWidth,
                    test.difference + test.halfWidth, test.statistic, test.degreesOfFreedom, test.pValue,
                    pair.correctedPValue, equivalence, pair.posterior.firstBetter, pair.posterior.equivalent,
                    pair.posterior.secondBetter,
                ].map(RoundTripFormat.number) + [verdict(on: pair)]
        }
    }
}
