import Foundation

/// A leaderboard as a figure: a panel for each probe, over tasks where that can be tested and for each task, with backbones
/// best first, their scores with intervals, the interval of their ranks, and a band through every group that cannot be told
/// apart. A backbone of several groups has several bands.
package struct BoardFigure {
    private let layout: FigureLayout
    private let panels: [BoardPanel]

    package init(_ board: Board, layout: FigureLayout = FigureLayout()) {
        self.layout = layout
        panels = board.sections.flatMap { section -> [BoardPanel] in
            let overTasks = section.overTasks.map { BoardPanel($0, over: board.tasks.count, section) }
            let ofTasks = board.tasks.indices.compactMap { index in
                section.rankings[index].map { BoardPanel($0, of: board.tasks[index], at: index, section) }
            }
            return (overTasks.map { [$0] } ?? []) + ofTasks
        }
    }

    /// The figure as a file.
    ///
    /// - Throws: `PlotError.noRanks` where the board ranks nobody.
    package func svg() throws(PlotError) -> String {
        guard !panels.isEmpty else { throw .noRanks }
        var drawing = Drawing()
        let width = layout.width.points
        let columns = max(1, min(panels.count, Int(width / PlotPanel.width)))
        var top = 4.0
        for start in stride(from: 0, to: panels.count, by: columns) {
            let row = panels[start..<min(start + columns, panels.count)]
            for (column, panel) in row.enumerated() {
                panel.draw(
                    on: &drawing, left: width / Double(columns) * Double(column), top: top,
                    width: width / Double(columns), style: layout.style)
            }
            top += row.map(\.height).max() ?? 0
        }
        let note =
            "Horizontal lines: 95\u{a0}% intervals over folds. Bands: backbones that cannot be told apart; a dot for each of "
            + "them. Right: ranks, 95\u{a0}% for all at once."
        let bottom = FigureFoot(entries: [], notes: [note]).draw(on: &drawing, top: top + 6, width: width)
        return drawing.svg(width: width, height: bottom + 2)
    }
}

/// The backbones of one ranking.
private struct BoardPanel {
    private static let rowHeight = 11.0
    private static let bandWidth = 5.0
    private static let (titleHeight, axisHeight) = (14.0, 18.0)

    private struct Row {
        let name: String
        let score: Double
        let halfWidth: Double?
        let ranks: String
    }

    private let title: String
    private let rows: [Row]
    /// Of indices of rows; those of one alone are no band.
    private let groups: [[Int]]

    init(_ ranking: Ranking, of task: Board.Task, at index: Int, _ section: Board.Section) {
        let factor = DisplayName.factor(of: task.metric)
        let cells = Dictionary(
            section.entries.map { ($0.backbone, $0.cells[index]) }, uniquingKeysWith: { first, _ in first })
        self.init(
            ranking,
            title: "\(section.probe), \(task.name): \(DisplayName.metricWithUnit(task.metric))"
                + (task.greaterIsBetter ? "" : ", less is better"), factor: factor
        ) { name in cells[name]??.halfWidth.map { factor * $0 } }
    }

    init(_ ranking: Ranking, over tasks: Int, _ section: Board.Section) {
        self.init(ranking, title: "\(section.probe), over \(tasks) tasks: normalised metrics", factor: 1) { _ in nil }
    }

    private init(_ ranking: Ranking, title: String, factor: Double, _ halfWidth: (String) -> Double?) {
        self.title = title
        rows = ranking.rows.map {
            Row(
                name: $0.backbone, score: factor * $0.score, halfWidth: halfWidth($0.backbone), ranks: $0.rank.summary)
        }
        groups = RankIntervals(count: ranking.rows.count, ranking.pairs).groups.filter { $0.count > 1 }
    }

    var height: Double { Self.titleHeight + Self.rowHeight * Double(rows.count) + Self.axisHeight }

    func draw(on drawing: inout Drawing, left: Double, top: Double, width: Double, style: FigureLayout.Style) {
        let size = Drawing.smallSize
        drawing.text(
            Drawing.fitted(title, in: width - 12, size: 7, isBold: true), at: (left + 6, top + 8), isBold: true, size: 7
        )
        let names = min(0.4 * width, rows.map { FontMetrics.width(of: $0.name, size: size) }.max() ?? 0)
        let ranks = rows.map { FontMetrics.width(of: $0.ranks, size: size) }.max() ?? 0
        let bands = Self.bandWidth * 1.6 * Double(groups.count)
        let frame = Box(
            left: left + 10 + names, right: left + width - 14 - ranks - bands, top: top + Self.titleHeight,
            bottom: top + Self.titleHeight + Self.rowHeight * Double(rows.count))
        let ends = rows.flatMap { [$0.score - ($0.halfWidth ?? 0), $0.score + ($0.halfWidth ?? 0)] }
        let scale = PlotScale.linear(ends, from: frame.left + 3, to: frame.right - 3, most: 4)
        drawAxis(scale, frame, on: &drawing, style)
        for (index, row) in rows.enumerated() {
            let line = middle(index, frame)
            drawing.text(
                Drawing.fitted(row.name, in: names, size: size), at: (frame.left - 4, line + 2.2), anchor: .end,
                size: size)
            if let half = row.halfWidth {
                drawing.line((scale(row.score - half), line), (scale(row.score + half), line), width: 0.8)
            }
            drawing.circle((scale(row.score), line), radius: 2.1, colour: style.colours[0], fill: style.colours[0])
            drawing.text(row.ranks, at: (left + width - 6, line + 2.2), anchor: .end, size: size)
        }
        drawBands(right: frame.right + 6, frame, on: &drawing, style)
    }

    private func middle(_ row: Int, _ frame: Box) -> Double { frame.top + Self.rowHeight * (Double(row) + 0.5) }

    private func drawAxis(_ scale: PlotScale, _ frame: Box, on drawing: inout Drawing, _ style: FigureLayout.Style) {
        for tick in scale.ticks {
            if style.hasGrid {
                drawing.line((tick.position, frame.top), (tick.position, frame.bottom), colour: "#e4e4e4", width: 0.4)
            }
            drawing.line((tick.position, frame.bottom), (tick.position, frame.bottom + 2), width: 0.5)
            drawing.text(
                tick.label, at: (tick.position, frame.bottom + 9), anchor: .middle, size: Drawing.smallSize)
        }
        drawing.line((frame.left, frame.bottom), (frame.right, frame.bottom))
    }

    /// One beside the other, each from its first backbone to its last; those between that are not of the group have no dot.
    private func drawBands(
        right start: Double, _ frame: Box, on drawing: inout Drawing, _ style: FigureLayout.Style
    ) {
        for (place, group) in groups.enumerated() {
            let x = start + Self.bandWidth * (1.6 * Double(place) + 0.5)
            let (first, last) = (middle(group[0], frame), middle(group[group.count - 1], frame))
            let half = Self.bandWidth / 2
            let corners = [
                (x: x - half, y: first - 3.5), (x: x + half, y: first - 3.5), (x: x + half, y: last + 3.5),
                (x: x - half, y: last + 3.5),
            ]
            drawing.polygon(corners, colour: "#c8c8c8", fill: "#c8c8c8")
            for row in group {
                drawing.circle((x, middle(row, frame)), radius: 1.3, colour: style.colours[0], fill: style.colours[0])
            }
        }
    }
}
