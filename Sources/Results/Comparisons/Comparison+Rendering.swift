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
            "verdict at 95 %; \"open: …\" where training that is marked could overturn it.",
        ] + signs
    }

    /// One line for every sign beside a row.
    private var signs: [String] {
        let found = Set(flatMap(\.rows).flatMap(\.marks).map(\.kind))
        return RowMark.Kind.allCases.filter(found.contains).map { "\($0.sign): \($0.meaning)." }
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
                pair.verdict,
            ]
        }
    }

    private var numberedRows: [String] {
        let names = rows.map(\.name).withoutSharedParts
        return rows.indices.map {
            let signs = rows[$0].marks.map(\.kind.sign).joined()
            return "\($0 + 1)  \(names[$0].printable)  \(NumberFormat.fixed(rows[$0].mean))"
                + (signs.isEmpty ? "" : "  \(signs)")
        }
    }

    fileprivate static let header = [
        "task", "metric", "scope", "folds", "first", "second", "first_mean", "second_mean", "advantage",
        "interval_low", "interval_high", "t", "degrees_of_freedom", "p", "holm_p", "equivalence", "p_first_better",
        "p_equivalent", "p_second_better", "verdict", "first_marks", "second_marks",
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
                ].map(RoundTripFormat.number) + [pair.verdict]
                + [first, second].map { $0.marks.map(\.description).joined(separator: "; ") }
        }
    }
}
