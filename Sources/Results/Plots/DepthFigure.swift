import Sweeps
import Units

/// Scores over relative depth: a panel for each task, with the curves of all backbones in it.
///
/// Colours are backbones, dashes and markers probes. 0 is a backbone's lowest level and 1 its last, so that backbones of
/// unlike depth lie over each other. Rows that lack folds are not drawn but counted.
package struct DepthFigure {
    private let layout: FigureLayout
    private let panels: [DepthPanel]
    private let backbones: [String]
    private let probes: [String]
    /// Rows of kinds that are not drawn.
    private let leftOut: String?

    package init(_ table: ResultTable, layout: FigureLayout = FigureLayout()) {
        self.layout = layout
        leftOut = FigureNotes.leftOut(of: table.blocks)
        let blocks = table.blocks.map(\.honest).filter { !$0.rows.isEmpty }
        let rows = blocks.flatMap(\.rows)
        var deepest = Dictionary(
            rows.map { ($0.unit.features.set, $0.unit.features.layer) }, uniquingKeysWith: { max($0, $1) })
        for (set, layer) in table.lastLayers { deepest[set] = max(layer, deepest[set] ?? 0) }
        panels = blocks.map { DepthPanel($0, lastLayers: deepest) }
        backbones = Set(panels.flatMap(\.curves).map(\.backbone)).sorted()
        probes = Set(panels.flatMap(\.curves).map(\.probe)).sorted()
    }

    /// The figure as a file.
    ///
    /// - Throws: ``PlotError`` where there is nothing to draw, no curve, or more lines than a reader tells apart.
    package func svg() throws(PlotError) -> String {
        try check()
        var drawing = Drawing()
        let grid = PanelRows(most: panels.count, narrowest: 110, ownOrdinates: true, layout: layout)
        var top = 4.0
        for start in stride(from: 0, to: panels.count, by: grid.columns) {
            let row = panels[start..<min(start + grid.columns, panels.count)]
            for (column, panel) in row.enumerated() {
                draw(panel, in: grid.frame(column: column, top: top), on: &drawing)
            }
            top = grid.frame(column: 0, top: top).bottom + PanelRows.tickHeight
        }
        drawing.text("relative depth", at: (layout.width.points / 2, top + 6), anchor: .middle, size: 7)
        let bottom = foot.draw(on: &drawing, top: top + 16, width: layout.width.points)
        return drawing.svg(width: layout.width.points, height: bottom + 2)
    }

    private func check() throws(PlotError) {
        let points = panels.map { $0.curves.flatMap(\.points) }
        guard points.contains(where: { !$0.isEmpty }) else {
            throw .noResults(lacking: panels.reduce(0) { $0 + $1.missing })
        }
        if let value = PlotError.onlyValue(points) {
            throw .singleValue(of: "relative depth", value: NumberFormat.fixed(value, 2))
        }
        for panel in panels where panel.curves.count > PlotError.mostLines {
            throw .tooManyLines(panel.curves.count, of: panel.rows)
        }
    }

    private func draw(_ panel: DepthPanel, in frame: Box, on drawing: inout Drawing) {
        let ends = panel.curves.flatMap(\.points).flatMap { [$0.y - ($0.halfWidth ?? 0), $0.y + ($0.halfWidth ?? 0)] }
        let axes = PanelAxes(
            frame: frame, x: PlotScale.linear([0, 1], from: frame.left, to: frame.right, most: 5),
            y: PlotScale.linear(ends, from: frame.bottom, to: frame.top, most: 5), style: layout.style)
        axes.draw(on: &drawing, title: PanelTitle(name: panel.title), labelsAbscissa: true, labelsOrdinate: true)
        for curve in panel.curves {
            let style = style(backbone: curve.backbone, probe: curve.probe)
            drawing.path(
                curve.points.map { (axes.x($0.x), axes.y($0.y)) }, colour: style.colour, width: 0.9, dash: style.dash)
            for point in curve.points {
                axes.drawInterval(on: &drawing, of: point, colour: style.colour)
                style.drawMarker(at: (axes.x(point.x), axes.y(point.y)), isHollow: point.isMarked, on: &drawing)
            }
        }
    }

    /// Backbones beyond the last colour have the first again, with dashes and markers that no probe had.
    private func style(backbone: String, probe: String) -> SeriesStyle {
        let (colours, place) = (layout.style.colours, backbones.firstIndex(of: backbone) ?? 0)
        let pattern = SeriesStyle((probes.firstIndex(of: probe) ?? 0) + probes.count * (place / colours.count))
        return SeriesStyle(marker: pattern.marker, dash: pattern.dash, colour: colours[place % colours.count])
    }

    private var foot: FigureFoot {
        let curves = panels.flatMap(\.curves)
        var names: [(backbone: String, probe: String)] = []
        for curve in curves where !names.contains(where: { $0 == (curve.backbone, curve.probe) }) {
            names.append((curve.backbone, curve.probe))
        }
        let entries = names.sorted { ($0.backbone, $0.probe) < ($1.backbone, $1.probe) }.map { name in
            FigureFoot.Entry(
                name: backbones.count > 1 ? "\(name.backbone), \(name.probe)" : name.probe,
                sign: .line(
                    style(backbone: name.backbone, probe: name.probe),
                    isHollow: curves.filter { ($0.backbone, $0.probe) == name }.flatMap(\.points)
                        .allSatisfy(\.isMarked)))
        }
        let notes = ["0: the lowest level of a backbone, 1: its last. " + FigureNotes.intervals]
        let missing = panels.reduce(0) { $0 + $1.missing }
        return FigureFoot(
            entries: entries,
            notes: notes + FigureNotes.rows(curves.flatMap(\.points), missing: missing) + (leftOut.map { [$0] } ?? []))
    }
}

/// One task's curves.
private struct DepthPanel {
    struct Curve {
        let backbone: String
        let probe: String
        let points: [PlotSeries.Point]
    }

    let title: String
    let curves: [Curve]
    /// What is drawn, and how many rows lack folds.
    let rows: [ResultRow]
    let missing: Int

    init(_ block: ResultTable.Block, lastLayers: [String: Int]) {
        let shown = block.rowsOfMostShots.rows
        let complete = shown.filter(\.isComplete)
        rows = complete
        let factor = DisplayName.factor(of: block.metric)
        title =
            "\(block.task): \(DisplayName.metricWithUnit(block.metric))"
            + (block.greaterIsBetter ? "" : ", less is better") + (block.isOptimistic ? ", chosen on test" : "")
        missing = shown.count - complete.count
        let curves = Dictionary(grouping: complete) { [$0.features, $0.displayNameWithOutput] }
        self.curves = curves.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, rows in
            Curve(
                backbone: key[0], probe: key[1],
                points: rows.map { row in
                    let last = Double(max(1, lastLayers[row.unit.features.set] ?? 1))
                    return PlotSeries.Point(row, x: Double(row.unit.features.layer) / last, factor: factor)
                }.sorted { ($0.x, $0.y) < ($1.x, $1.y) })
        }
    }
}
