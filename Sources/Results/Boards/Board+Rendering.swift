import Identities

extension Board {
    /// The board in a format, ending in a newline.
    package func rendered(as format: TableFormat) -> String {
        switch format {
        case .text:
            grids.map { $0.grid.text + $0.notes.map { "  " + $0.printable }.lines }.joined(separator: "\n") + "\n"
                + remarks.map(\.printable).lines
        case .markdown:
            grids.map {
                $0.grid.markdown + ($0.notes.isEmpty ? "" : "\n") + $0.notes.map { "- " + Grid.markdown($0) }.lines
            }
            .joined(separator: "\n") + "\n" + remarks.map { "- " + Grid.markdown($0) }.lines
        case .latex:
            LaTeXTable.packages + "\n"
                + grids.map { $0.grid.latex + "\n" + $0.notes.map { "% " + $0.printable }.lines }.joined(
                    separator: "\n")
                + "\n" + remarks.map { "% " + $0.printable }.lines
        case .csv: CSV.text([Self.header] + fields)
        case .json: sortedJSON(self)
        }
    }

    /// What to tell whoever sets the board in LaTeX; a line each, empty where all of it can be read.
    package var latexWarnings: [String] {
        grids.compactMap { $0.grid.latexTable.warning($0.grid.title, remedy: "Name fewer tasks with --task.") }
    }

    /// What concerns the whole board: what its columns and marks mean, and what was left out.
    package var remarks: [String] {
        var lines = [
            "rank: 95 % for all at once, by Holm-corrected tests of all pairs (folds: resampled t; tasks: Wilcoxon).",
            "group: backbones that share a letter cannot be told apart.",
            "normalised: (metric − chance)/(perfect − chance).",
            "layer: chosen in each fold on its inner split, with the setting of the probe where there are several.",
        ]
        if sections.flatMap({ $0.rankings + [$0.overTasks] }).contains(where: { $0?.firstOpen != nil }) {
            lines.append(
                "would resolve: with a probability of \(NumberFormat.fixed(PowerEstimate.power, 1)), if difference and spread "
                    + "stay as found, each pair tested at 0.05/pairs.")
        }
        lines += signs
        let shared = Dictionary(grouping: tasks, by: \.cluster).values.filter { $0.count > 1 }
            .map { $0.map(\.name) }.sorted { $0[0] < $1[0] }
        lines += shared.map { "\($0.joined(separator: ", ")) share samples, and count as one task." }
        return lines + notes + (changes.map { $0.isEmpty ? ["nothing changed since the earlier board."] : $0 } ?? [])
    }

    /// One line for every sign of training that could overturn a rank.
    private var signs: [String] {
        let found = Set(sections.flatMap(\.entries).flatMap(\.cells).flatMap { $0?.marks ?? [] }.map(\.kind))
        return RowMark.Kind.allCases.filter(found.contains).map {
            "\($0.sign): \($0.meaning), which could overturn a rank."
        }
    }

    private static let header = [
        "probe", "task", "metric", "backbone", "score", "half_width", "normalized", "rank_low", "rank_high", "groups",
        "gain", "gain_half_width", "layers", "folds_done", "folds_planned", "marks",
    ]

    /// A line for each backbone on each task under each probe, and with several tasks one over all.
    private var fields: [[String]] {
        sections.flatMap { section in
            section.entries.flatMap { entry -> [[String]] in
                let ofTasks = zip(tasks.indices, entry.cells).compactMap { index, cell in
                    cell.map { fields(section, tasks[index], entry, $0, section.rankings[index]) }
                }
                return ofTasks + (tasks.count > 1 ? [fieldsOverTasks(section, entry)] : [])
            }
        }
    }

    private func fields(
        _ section: Section, _ task: Task, _ entry: Entry, _ cell: Cell, _ ranking: Ranking?
    ) -> [String] {
        [section.probe, task.name, task.metric, entry.backbone]
            + [cell.mean, cell.halfWidth, cell.normalized].map(RoundTripFormat.number)
            + Self.ranks(of: entry, in: ranking) + [
                cell.layers, "\(cell.foldsDone)", "\(cell.foldsPlanned)",
                cell.marks.map(\.description).joined(separator: "; "),
            ]
    }

    private func fieldsOverTasks(_ section: Section, _ entry: Entry) -> [String] {
        [section.probe, "", "normalized", entry.backbone, RoundTripFormat.number(entry.mean), ""]
            + [RoundTripFormat.number(entry.mean)] + Self.ranks(of: entry, in: section.overTasks) + ["", "", "", ""]
    }

    private static func ranks(of entry: Entry, in ranking: Ranking?) -> [String] {
        guard let row = ranking?.rows.first(where: { $0.backbone == entry.backbone }) else {
            return Array(repeating: "", count: 5)
        }
        return ["\(row.rank.lowerBound)", "\(row.rank.upperBound)", row.letters]
            + [row.gain?.difference, row.gain?.halfWidth].map(RoundTripFormat.number)
    }
}
