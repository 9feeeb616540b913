/// What is said below figures.
enum FigureNotes {
    static let intervals = "Vertical lines: 95 % intervals over folds."

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
