import Sweeps
import Units

/// Probes by what they score and what they cost: a row of panels for each task, a column for each backbone, on shared
/// axes.
///
/// Efficient probing is a line for each D_o, with M at its points; all other probes are labelled points. Where names
/// would not stand beside their points, letters do, with their names below. Every panel shows one layer: of several that
/// with the best row, which its title says. A backbone without rows of a task has an empty panel that says why. Rows that
/// lack folds are not drawn but counted below; points of rows with marks that ask for caution are hollow. Labels are
/// placed by ``LabelPlacement``. A pure function of the table: the same results give the same bytes.
package struct CostGrid {
    private let axis: CostAxis
    private let layout: FigureLayout
    private let rows: [TaskPanels]
    /// Tasks of which no row has all of its folds.
    private let unfinished: [TaskPanels]
    /// All lines of the figure; what a line is called has the same style in all panels.
    private let lineNames: [String]
    /// Rows of kinds that are not drawn.
    private let leftOut: String?

    package init(_ table: ResultTable, against axis: CostAxis, layout: FigureLayout = FigureLayout()) {
        self.axis = axis
        self.layout = layout
        let blocks = table.blocks.map(\.honest).filter { !$0.rows.isEmpty }
        let backbones = Set(blocks.flatMap(\.rows).map(\.features)).sorted()
        let tasks = blocks.map { TaskPanels($0, backbones: backbones, axis: axis) }
        (rows, unfinished) = (tasks.filter { !$0.isEmpty }, tasks.filter(\.isEmpty))
        let lines = rows.flatMap(\.panels).flatMap(\.lines)
        let shares = Dictionary(lines.map { ($0.name, $0.share) }, uniquingKeysWith: { first, _ in first })
        lineNames = shares.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
        leftOut = FigureNotes.leftOut(of: table.blocks)
    }

    /// The figure as a file.
    ///
    /// - Throws: `PlotError.noResults` where no row has all of its folds.
    package func svg() throws(PlotError) -> String {
        guard !rows.isEmpty else { throw .noResults(lacking: missing) }
        let named = drawn(nil)
        if !named.isCrowded { return named.svg }
        return drawn(PointKey(rows.flatMap(\.panels).flatMap(\.others).filter { !$0.isLinear }.map(\.name))).svg
    }

    /// Rows that lack folds.
    private var missing: Int { (rows + unfinished).flatMap(\.panels).reduce(0) { $0 + $1.missing } }

    /// The figure, and whether its names stand where they are read.
    private struct Attempt {
        var svg = ""
        var isCrowded = false
        /// The labels for which there was no room.
        var unplaced: [String] = []
    }

    private func drawn(_ key: PointKey?) -> Attempt {
        var (drawing, attempt) = (Drawing(), Attempt())
        let columns = rows.map(\.panels.count).max() ?? 0
        let grid = PanelRows(most: columns, narrowest: 90, ownOrdinates: false, isTall: key != nil, layout: layout)
        var top = 4.0
        let chunks = rows.flatMap { row in row.chunks(of: grid.columns).map { (row, $0) } }
        for (index, (row, panels)) in chunks.enumerated() {
            let below = index + 1 < chunks.count ? chunks[index + 1].1.count : 0
            let y = row.ordinate(in: grid.frame(column: 0, top: top))
            for (column, panel) in panels.enumerated() {
                let frame = grid.frame(column: column, top: top)
                let axes = PanelAxes(frame: frame, x: abscissa(in: frame), y: y, style: layout.style)
                axes.draw(
                    on: &drawing, title: panel.title, labelsAbscissa: column >= below, labelsOrdinate: column == 0)
                if column == 0 { axes.drawOrdinateTitle(on: &drawing, row.titles) }
                draw(panel, axes, key, on: &drawing, &attempt)
            }
            top = grid.frame(column: 0, top: top).bottom + (panels.count > below ? PanelRows.tickHeight : 3)
        }
        drawing.text(
            axis.title, at: ((PanelRows.left + layout.width.points) / 2, top + 6), anchor: .middle, size: 7)
        let bottom = foot(key, attempt.unplaced).draw(on: &drawing, top: top + 16, width: layout.width.points)
        attempt.svg = drawing.svg(width: layout.width.points, height: bottom + 2)
        return attempt
    }

    /// The same for all panels, so that they can be compared by eye.
    private func abscissa(in frame: Box) -> PlotScale {
        let values = rows.flatMap(\.panels).flatMap(\.points).map(\.x)
        return PlotScale.logarithmic(values, from: frame.left, to: frame.right, size: Drawing.smallSize) {
            switch axis {
            case .parameters: PlotScale.short(NumberFormat.scaled(Int($0.rounded())))
            case .operations: PlotScale.power($0)
            }
        }
    }

    private func style(ofLine name: String) -> SeriesStyle {
        let index = lineNames.firstIndex(of: name) ?? 0
        let (colours, markers) = (layout.style.colours, SeriesStyle.Marker.allCases)
        return SeriesStyle(
            marker: markers[index % markers.count], dash: nil, colour: colours[index % colours.count])
    }

    private static let pointStyle = SeriesStyle(marker: .disc, dash: nil, colour: "#333333")

    private func draw(
        _ panel: CostPanel, _ axes: PanelAxes, _ key: PointKey?, on drawing: inout Drawing, _ attempt: inout Attempt
    ) {
        if let reason = panel.reasonEmpty { return axes.drawReason(on: &drawing, reason) }
        axes.drawFront(panel.front, on: &drawing)
        for line in panel.lines {
            let style = style(ofLine: line.name)
            drawing.path(line.points.map { (axes.x($0.x), axes.y($0.y)) }, colour: style.colour, width: 0.9)
            for point in line.points { draw(point, style, axes, on: &drawing) }
        }
        for point in panel.others { draw(point.point, Self.pointStyle, axes, on: &drawing) }
        let labels = panel.labels(key)
        let placement = LabelPlacement(
            labels.map { $0.label(axes) }, obstacles: panel.markers(axes), lines: panel.strokes(axes),
            intervals: panel.intervals(axes), frame: axes.frame.inset(by: 1.5))
        for (label, place) in zip(labels, placement.places) {
            guard let place else {
                attempt.unplaced.append("\(label.text) (\(panel.title.whole))")
                continue
            }
            if let leader = place.leader { drawing.leader(leader) }
            let colour = label.line.map { style(ofLine: $0).colour } ?? Self.pointStyle.colour
            drawing.text(
                label.text, at: (place.box.left, place.box.bottom - 0.3 * label.size), isBold: label.isKey,
                size: label.size, colour: colour)
        }
        if placement.isCrowded { attempt.isCrowded = true }
    }

    private func draw(_ point: PlotSeries.Point, _ style: SeriesStyle, _ axes: PanelAxes, on drawing: inout Drawing) {
        axes.drawInterval(on: &drawing, of: point, colour: style.colour)
        style.drawMarker(at: (axes.x(point.x), axes.y(point.y)), isHollow: point.isMarked, on: &drawing)
    }

    private func foot(_ key: PointKey?, _ unplaced: [String]) -> FigureFoot {
        let panels = rows.flatMap(\.panels)
        var entries = lineNames.map { name in
            let points = panels.flatMap(\.lines).filter { $0.name == name }.flatMap(\.points)
            return FigureFoot.Entry(
                name: name, sign: .line(style(ofLine: name), isHollow: points.allSatisfy(\.isMarked)))
        }
        if panels.contains(where: { !$0.front.isEmpty }) {
            entries.append(FigureFoot.Entry(name: "Pareto front", sign: .front))
        }
        entries += key?.entries.map { FigureFoot.Entry(name: $0.name, sign: .letters($0.letters)) } ?? []
        let queries =
            lineNames.isEmpty
            ? "" : "Numbers beside points: M, learned queries\(key == nil ? "" : ", at both ends of a line"). "
        var notes = [queries + FigureNotes.intervals]
        if panels.contains(where: \.isChosen) { notes.append("Layers: of several, that with the best row.") }
        notes += FigureNotes.rows(panels.flatMap(\.points), missing: missing)
        if !unfinished.isEmpty {
            notes.append("No row has all folds of \(unfinished.map(\.task).joined(separator: ", ")).")
        }
        if let leftOut { notes.append(leftOut) }
        if !unplaced.isEmpty { notes.append("Labels without room: " + unplaced.joined(separator: ", ") + ".") }
        return FigureFoot(entries: entries, notes: notes)
    }
}

extension Drawing {
    /// From a label to its point: dotted, so that it is not read as an interval.
    fileprivate mutating func leader(_ segment: Segment) {
        line(segment.from, segment.to, colour: "#777777", width: 0.5, dash: "0.6 1.2")
    }
}

extension PanelAxes {
    /// Why a panel is empty, in its middle.
    func drawReason(on drawing: inout Drawing, _ reason: String) {
        drawing.text(
            reason, at: ((frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2), anchor: .middle,
            size: Drawing.smallSize, colour: "#777777")
    }

    /// A step function: up to the next point's cost, the best score is that of the last point.
    fileprivate func drawFront(_ front: [PlotSeries.Point], on drawing: inout Drawing) {
        var steps: [(x: Double, y: Double)] = []
        for point in front {
            if let last = steps.last { steps.append((x(point.x), last.y)) }
            steps.append((x(point.x), y(point.y)))
        }
        if let last = steps.last { steps.append((frame.right, last.y)) }
        drawing.path(steps, colour: FigureFoot.frontColour, width: 2.4)
    }
}
