import Results

extension Report {
    /// What won on each task, by how much, what is not told apart, what is marked.
    var summary: [Markup] {
        var parts = findings.flatMap { finding -> [Markup] in
            guard let first = finding.sentences.first else { return [] }
            return [
                "<h3>\(finding.task)</h3>" as Markup, "<p><strong>\(first)</strong></p>" as Markup,
                .list(Array(finding.sentences.dropFirst())),
            ]
        }
        if let findings = board?.findings, !findings.isEmpty {
            parts += [
                "<h3>Backbones</h3>" as Markup,
                .paragraph(
                    "At the layer and setting that inner splits chose; ranks hold for all at once at 95 %."),
                .list(findings),
            ]
        }
        return parts.isEmpty ? [.paragraph("The sweeps have no results yet.")] : parts
    }

    /// The board, where there are several backbones.
    var backbones: [Markup] {
        guard let board else { return [] }
        var parts: [Markup] = []
        if board.tasks.count <= ReportLimits.tasks {
            parts.append(
                .figure(
                    label: "Scores of backbones with intervals and ranks; the tables below have the same figures.",
                    caption: "Backbones under each kind of probe, best first."
                ) { width throws(PlotError) in
                    try BoardFigure(board, layout: FigureLayout(width: width)).svg()
                })
        } else {
            parts.append(
                .paragraph(
                    "The board has \(board.tasks.count) tasks; probesweep leaderboard --figure FILE draws it."))
        }
        let sheets = board.sheets
        parts += sheets.prefix(1).map(Markup.table)
        let rest = sheets.dropFirst()
        if !rest.isEmpty {
            parts.append(
                .details("Each kind of probe", rest.prefix(ReportLimits.boardTables).map(Markup.table)))
        }
        parts += Markup.leftOut(
            rest.count - ReportLimits.boardTables, "table", "probesweep leaderboard prints them.")
        return parts + [
            .paragraph("Figures are as probesweep leaderboard prints them: shares lie between 0 and 1."),
            .list(board.remarks),
        ]
    }

    var bestRows: [Markup] {
        let sheets = findings.compactMap(\.bestRows)
        guard !sheets.isEmpty else { return [] }
        let note =
            "Mean ± half the 95 % interval over folds. To the best: the difference to the first row over the same folds, "
            + "with half of its 95 % interval; worse: told apart by the corrected resampled t-test after Holm's "
            + "correction over all rows of the task. The first row was chosen by what it is shown for, which flatters it: "
            + "the summary has its corrected figure."
        return sheets.map(Markup.table) + [.paragraph(note)]
    }
}

/// How much the static part of a report shows, so that a report of a million rows can be opened.
enum ReportLimits {
    /// Tasks of a figure, of tables over an axis and of tables of classes.
    static let tasks = 12
    /// Rows of a task in figures against cost: of many tasks fewer, since a row takes some 400 bytes of a figure.
    static func rows(ofTasks count: Int) -> Int { 720 / max(4, min(count, tasks)) }
    /// Lines of a task in figures over an axis: fewer where they have many points or there are many tasks.
    static func lines(ofPoints points: Int, tasks count: Int) -> Int {
        max(2, min(12, 1200 / max(1, points * min(count, tasks))))
    }
    /// Lines of a table over an axis.
    static let curves = 20
    /// Tables of the board beyond the first.
    static let boardTables = 36
    /// Lines of a list.
    static let listed = 40
}
