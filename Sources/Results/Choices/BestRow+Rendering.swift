import Identities

extension [BestRow] {
    /// The rows in a format, ending in a newline.
    package func rendered(as format: TableFormat) -> String {
        if isEmpty && format != .json && format != .csv { return "no two rows are complete over the same folds\n" }
        switch format {
        case .text: return blocks.map(\.text).joined(separator: "\n") + "\n" + Self.legend.lines
        case .markdown:
            return blocks.map(\.markdown).joined(separator: "\n") + "\n" + [Self.legend.joined(separator: " ")].lines
        case .latex: return LaTeXTable.packages + "\n" + blocks.map(\.latex).joined(separator: "\n\n") + "\n"
        case .csv: return CSV.text([BestRow.header] + map(\.fields))
        case .json: return sortedJSON(self)
        }
    }

    private static var legend: [String] {
        [
            "as found: the best row's own mean, optimistic. nested: chosen in each fold on its inner split, scored",
            "on the test fold. bootstrap: chosen on the folds of a sample, scored on the others. chosen: share of",
            "those samples.",
        ]
    }

    private var blocks: [Grid] {
        var tasks: [String] = []
        for best in self where !tasks.contains("\(best.task): \(best.metric)") {
            tasks.append("\(best.task): \(best.metric)")
        }
        return tasks.map { task in
            let rows = filter { "\($0.task): \($0.metric)" == task }
            return Grid(
                title: task,
                columns: [
                    .left("among"), .right("rows"), .left("best"), .right("as found"), .right("nested"),
                    .right("±95%"), .right("bootstrap"), .right("chosen"),
                ],
                rows: rows.map(\.cells))
        }
    }
}

extension BestRow {
    /// A line for the notes under a table: the best row's score with and without correction.
    var summary: String {
        let estimates = [
            "\(NumberFormat.fixed(naive.mean)) as found",
            nested.map { "\(NumberFormat.fixed($0.estimate.mean)) chosen on inner splits" },
            bootstrap.map { "\(NumberFormat.fixed($0.corrected)) bias-corrected by bootstrap" },
        ].compactMap { $0 }
        return "\(task), best of \(candidates) rows (\(choice)): ".printable + estimates.joined(separator: ", ")
    }

    fileprivate var cells: [String] {
        let names = scope.isEmpty ? "all rows" : scope
        return [
            names, "\(candidates)", choice, NumberFormat.fixed(naive.mean), NumberFormat.fixed(nested?.estimate.mean),
            NumberFormat.fixed(nested?.estimate.halfWidth), NumberFormat.fixed(bootstrap?.corrected),
            bootstrap.map { NumberFormat.percent($0.chosenShare[$0.row]) + " %" } ?? NumberFormat.missing,
        ]
    }

    fileprivate static let header = [
        "task", "metric", "scope", "candidates", "best", "naive", "naive_half_width", "nested", "nested_half_width",
        "bootstrap", "bootstrap_low", "bootstrap_high", "chosen_share",
    ]

    fileprivate var fields: [String] {
        [task, metric, scope, "\(candidates)", name]
            + [
                naive.mean, naive.halfWidth, nested?.estimate.mean, nested?.estimate.halfWidth, bootstrap?.corrected,
                bootstrap?.interval.lowerBound, bootstrap?.interval.upperBound,
                bootstrap.map { $0.chosenShare[$0.row] },
            ].map(RoundTripFormat.number)
    }
}
