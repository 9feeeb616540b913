/// What is said below figures.
enum FigureNotes {
    static let intervals = "Vertical lines: 95\u{a0}% intervals over folds."

    /// Rows that are not drawn, and the marks of points that are hollow, each with its number of rows.
    static func rows(_ points: [PlotSeries.Point], missing: Int) -> [String] {
        var notes: [String] = []
        if missing > 0 { notes.append("\(missing) of \(missing + points.count) rows lack folds and are not drawn.") }
        let marked = points.count(where: \.isMarked)
        guard marked > 0 else { return notes }
        let counts = RowMark.Kind.allCases.compactMap { kind in
            let count = points.count { $0.marks.contains(kind) }
            return count == 0 ? nil : "\(kind.meaning) (\(count))"
        }
        return notes + ["Hollow, \(marked) of \(points.count) rows: \(counts.joined(separator: "; "))."]
    }

    /// Rows of a kind that a figure does not show; nil if it shows all kinds.
    ///
    /// - Parameter keepsShots: whether it shows rows that train on fewer samples than others.
    static func leftOut(of blocks: [ResultTable.Block], keepsShots: Bool = false) -> String? {
        let controls = blocks.flatMap(\.rows).count(where: \.isControl)
        let honest = blocks.map(\.honest)
        let optimistic = blocks.reduce(0) { $0 + $1.rows.count } - controls - honest.reduce(0) { $0 + $1.rows.count }
        let fewer = keepsShots ? 0 : honest.reduce(0) { $0 + $1.rows.count - $1.rowsOfMostShots.rows.count }
        let parts = [
            (fewer, "trained on fewer samples"), (controls, "controls"), (optimistic, "chosen on the test folds"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return parts.isEmpty ? nil : "Rows not drawn: \(parts.joined(separator: ", "))."
    }

    /// Lines of words that fit.
    static func broken(_ text: String, width: Double, size: Double) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            let longer = (lines.last.map { $0 + " " } ?? "") + word
            if !lines.isEmpty, FontMetrics.width(of: longer, size: size) <= width {
                lines[lines.count - 1] = longer
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
