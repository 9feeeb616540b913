import Units

/// What sweeps found on one task: in words, and as a table of the best rows. A pure function of the table.
package struct TaskFinding: Sendable {
    package let task: String
    /// What is best and by how much, what is not told apart, what is marked and what is missing.
    package let sentences: [String]
    /// The best row; nil where none is complete.
    package let best: ResultRow?
    /// The best rows, best first; nil where none is complete.
    package let bestRows: Sheet?
    /// What the best row of each backbone chose in its folds; nil where nothing was chosen.
    package let choices: Sheet?

    /// - Parameters:
    ///   - block: With inner scores and details.
    ///   - shown: How many of the best rows are listed.
    package static func make(_ block: ResultTable.Block, shown: Int = 10) -> TaskFinding {
        let contest = TaskContest(block)
        let words = FindingWords(block: block, contest: contest)
        return TaskFinding(
            task: block.task, sentences: words.sentences,
            best: contest?.best, bestRows: contest.map { $0.sheet(shown: shown) }, choices: contest?.choices)
    }
}

extension TaskContest {
    /// The best rows with what the best one is ahead by.
    fileprivate func sheet(shown: Int) -> Sheet {
        let score = ScoreText(of: block.metric)
        let haveSeveralSets = Set(block.rows.map(\.features)).count > 1
        let haveShots = block.rows.contains { $0.unit.shots != nil }
        let signed = Dictionary(
            (comparison?.pairs ?? []).map { ($0.second, $0) }, uniquingKeysWith: { first, _ in first })
        let rows = block.rows.prefix(shown).enumerated().map { place, row -> [String] in
            let pair = signed[place]
            let gap = pair.map { score.difference(-$0.advantage.difference, halfWidth: $0.advantage.halfWidth) }
            let verdict =
                place == 0 ? "" : pair.map { $0.isResolved ? "worse" : "not told apart" } ?? "not tested"
            return ["\(place + 1)", row.marks.map(\.kind.sign).joined()] + (haveSeveralSets ? [row.features] : [])
                + [row.displayName, row.layerSummary, "\(row.outputWidth)"]
                + (haveShots ? [row.trainingRows?.summary ?? NumberFormat.missing] : [])
                + [
                    score.text(row.estimate), gap ?? "", verdict, NumberFormat.scaled(row.parameters),
                    NumberFormat.significant(row.knownReferenceMACs.map { _ in row.referenceGFLOPs }),
                ]
        }
        let columns: [Sheet.Column] =
            [.number("place"), .text("mark")] + (haveSeveralSets ? [.text("backbone")] : [])
            + [.text("probe"), .number("layer"), .number("D_o")] + (haveShots ? [.number("rows")] : [])
            + [
                .number(DisplayName.metricWithUnit(block.metric)), .number("to the best"), .text("against the best"),
                .number("parameters"), .number("GFLOPs"),
            ]
        return Sheet(
            title: "\(block.task): the best \(rows.count) of \(block.rows.count) rows", columns: columns, rows: rows,
            naming: haveSeveralSets ? 3 : 2)
    }

    /// What the best row of each backbone chose.
    fileprivate var choices: Sheet? {
        var names: [String] = []
        let rows = block.rows.compactMap { row -> [String]? in
            guard !names.contains(row.features) else { return nil }
            names.append(row.features)
            let summary = row.choiceSummary
            return summary == NumberFormat.missing
                ? nil : [row.features, row.displayNameWithOutput, row.layerSummary, summary]
        }
        return rows.isEmpty
            ? nil
            : Sheet(
                title: "\(block.task): what the best row of each backbone chose",
                columns: [.text("backbone"), .text("probe"), .number("layer"), .text("choices, × number of fits")],
                rows: rows)
    }
}
