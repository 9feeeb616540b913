import Sweeps
import Units

/// Probes by what they score and what they cost: a row of panels for each task, a column for each backbone, on shared
/// axes.
///
/// Efficient probing is a line for each D_o, with M at its points; all other probes are labelled points. Every panel
/// shows one layer: of several that with the best row, which its title says. Rows that lack folds are not drawn but
/// counted below; points of rows with marks that ask for caution are hollow. Labels are placed by ``LabelPlacement``.
/// A pure function of the table: the same results give the same bytes.
package struct CostGrid {
    private let axis: CostAxis
    private let layout: FigureLayout
    private let rows: [TaskPanels]
    /// All lines of the figure; what a line is called has the same style in all panels.
    private let lineNames: [String]

    package init(_ table: ResultTable, against axis: CostAxis, layout: FigureLayout = FigureLayout()) {
        self.axis = axis
        self.layout = layout
        let blocks = table.blocks.map(\.honest).filter { !$0.rows.isEmpty }
        let backbones = Set(blocks.flatMap(\.rows).map(\.features)).sorted()
        rows = blocks.map { TaskPanels($0, backbones: backbones, axis: axis) }
        let lines = rows.flatMap(\.panels).flatMap(\.lines)
        let shares = Dictionary(lines.map { ($0.name, $0.share) }, uniquingKeysWith: { first, _ in first })
        lineNames = shares.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }

    /// The figure as a file.
    package func svg() -> String {
        var drawing = Drawing()
        let columns = rows.map(\.panels.count).max() ?? 0
        let grid = PanelRows(most: columns, narrowest: 90, ownOrdinates: false, layout: layout)
        var (top, unplaced) = (4.0, [String]())
        guard columns > 0 else {
            drawing.text("no results", at: (6, top + 10))
            return drawing.svg(width: layout.width.points, height: top + 20)
        }
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
                unplaced += draw(panel, axes, on: &drawing)
            }
            top = grid.frame(column: 0, top: top).bottom + (panels.count > below ? PanelRows.tickHeight : 3)
        }
        drawing.text(
            axis.title, at: ((PanelRows.left + layout.width.points) / 2, top + 6), anchor: .middle, size: 7)
        let bottom = foot(unplaced).draw(on: &drawing, top: top + 16, width: layout.width.points)
        return drawing.svg(width: layout.width.points, height: bottom + 2)
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

    /// - Returns: The labels for which there was no room.
    private func draw(_ panel: CostPanel, _ axes: PanelAxes, on drawing: inout Drawing) -> [String] {
        axes.drawFront(panel.front, on: &drawing)
        for line in panel.lines {
            let style = style(ofLine: line.name)
            drawing.path(line.points.map { (axes.x($0.x), axes.y($0.y)) }, colour: style.colour, width: 0.9)
            for point in line.points { draw(point, style, axes, on: &drawing) }
        }
        for point in panel.others { draw(point.point, Self.pointStyle, axes, on: &drawing) }
        let placement = LabelPlacement(
            panel.labels.map { $0.label(axes) }, obstacles: panel.markers(axes), lines: panel.strokes(axes),
            intervals: panel.intervals(axes), frame: axes.frame.inset(by: 1.5))
        for (label, place) in zip(panel.labels, placement.places) {
            guard let place else { continue }
            if let leader = place.leader { drawing.line(leader.from, leader.to, colour: "#888888", width: 0.35) }
            let colour = label.line.map { style(ofLine: $0).colour } ?? Self.pointStyle.colour
            drawing.text(
                label.text, at: (place.box.left, place.box.bottom - 0.3 * label.size), size: label.size, colour: colour)
        }
        return zip(panel.labels, placement.places).compactMap { label, place in
            place == nil ? "\(label.text) (\(panel.title))" : nil
        }
    }

    private func draw(_ point: PlotSeries.Point, _ style: SeriesStyle, _ axes: PanelAxes, on drawing: inout Drawing) {
        axes.drawInterval(on: &drawing, of: point, colour: style.colour)
        style.drawMarker(at: (axes.x(point.x), axes.y(point.y)), isHollow: point.isMarked, on: &drawing)
    }

    private func foot(_ unplaced: [String]) -> FigureFoot {
        let panels = rows.flatMap(\.panels)
        var entries = lineNames.map { name in
            let points = panels.flatMap(\.lines).filter { $0.name == name }.flatMap(\.points)
            return FigureFoot.Entry(name: name, style: style(ofLine: name), isHollow: points.allSatisfy(\.isMarked))
        }
        if panels.contains(where: { !$0.front.isEmpty }) {
            entries.append(FigureFoot.Entry(name: "Pareto front", style: Self.pointStyle, isFront: true))
        }
        let queries = lineNames.isEmpty ? "" : "Numbers beside points: M, learned queries. "
        var notes = [queries + FigureNotes.intervals]
        if panels.contains(where: \.isChosen) { notes.append("Layers: of several, that with the best row.") }
        notes += FigureNotes.rows(panels.flatMap(\.points), missing: panels.reduce(0) { $0 + $1.missing })
        if !unplaced.isEmpty { notes.append("Labels without room: " + unplaced.joined(separator: ", ") + ".") }
        return FigureFoot(entries: entries, notes: notes)
    }
}

extension PanelAxes {
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
