import Identities

extension [RankComparison] {
    /// Tables of pairs in a format, ending in a newline.
    package func rendered(as format: ComparisonFormat) -> String {
        switch format {
        case .text: map(\.text).joined(separator: "\n")
        case .markdown: map(\.markdown).joined(separator: "\n")
        case .csv: CSV.text([RankComparison.header] + flatMap(\.fields))
        case .json: sortedJSON(self)
        }
    }
}

extension RankComparison {
    fileprivate var text: String {
        ([title] + summary + [Self.columns.text(cells), "rows"] + numberedRows.map { "  " + $0 } + notes).lines
    }

    fileprivate var markdown: String {
        (["**\(title)**", "", summary.joined(separator: " "), "", Self.columns.markdown(cells), "", "Rows:", ""]
            + numberedRows.map { "- " + $0 } + (notes.isEmpty ? [] : [""] + notes)).lines
    }

    private var title: String {
        ("ranks over \(tasks.count) tasks: \(tasks.joined(separator: ", "))" + (scope.isEmpty ? "" : "; \(scope)"))
            .printable
    }

    private var summary: [String] {
        [
            "Friedman: χ² \(NumberFormat.significant(friedman.statistic)), "
                + "p \(NumberFormat.probability(friedman.pValue)).",
            "Nemenyi: mean ranks differ at the 5 % level by \(NumberFormat.fixed(criticalDifference, 3)) or more.",
        ]
    }

    private static let columns = PairColumns(["first", "second", "Nemenyi p", "Wilcoxon p", "Holm p"])

    private var cells: [[String]] {
        pairs.map { pair in
            [
                "\(pair.first + 1)", "\(pair.second + 1)", NumberFormat.probability(pair.nemenyi),
                NumberFormat.probability(pair.wilcoxon.pValue), NumberFormat.probability(pair.correctedWilcoxon),
            ]
        }
    }

    private var numberedRows: [String] {
        let names = rows.map(\.name).withoutSharedParts
        return rows.indices.map {
            "\($0 + 1)  \(names[$0].printable)  mean rank \(NumberFormat.fixed(rows[$0].meanRank, 2))"
                + (rows[$0].interval.map { " (\(NumberFormat.range($0)))" } ?? "")
        }
    }

    private var notes: [String] {
        excluded.map { "excluded, not complete on every task: \($0)".printable } + [
            rows.contains { $0.interval != nil }
                ? "In brackets: 95 % over bootstrap samples of each task's out-of-fold predictions."
                : "No intervals of mean ranks: too few folds; --bootstrap resamples kept predictions."
        ]
    }

    fileprivate static let header = [
        "tasks", "scope", "first", "second", "first_mean_rank", "second_mean_rank", "friedman_chi_squared",
        "friedman_p", "critical_difference", "nemenyi_p", "wilcoxon_p", "wilcoxon_holm_p", "first_rank_low",
        "first_rank_high", "second_rank_low", "second_rank_high",
    ]

    fileprivate var fields: [[String]] {
        pairs.map { pair in
            let (first, second) = (rows[pair.first], rows[pair.second])
            return [tasks.joined(separator: " "), scope, first.name, second.name]
                + [
                    first.meanRank, second.meanRank, friedman.statistic, friedman.pValue, criticalDifference,
                    pair.nemenyi, pair.wilcoxon.pValue, pair.correctedWilcoxon, first.interval?.lowerBound,
                    first.interval?.upperBound, second.interval?.lowerBound, second.interval?.upperBound,
                ].map(RoundTripFormat.number)
        }
    }
}
