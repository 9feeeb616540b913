import Probes
import Sweeps
import Units

/// The panels of one task, a panel for each feature set that has rows of it.
struct TaskPanels {
    let titles: [String]
    let panels: [CostPanel]

    init(_ block: ResultTable.Block, backbones: [String], axis: CostAxis) {
        let direction = block.greaterIsBetter ? "" : ", less is better"
        titles = [
            block.task,
            DisplayName.metricWithUnit(block.metric) + direction + (block.isOptimistic ? ", chosen on test" : ""),
        ]
        panels = backbones.compactMap { backbone in
            var part = block
            part.rows.removeAll { $0.features != backbone }
            return part.rows.isEmpty ? nil : CostPanel(part, backbone: backbone, axis: axis)
        }
    }

    func chunks(of size: Int) -> [[CostPanel]] {
        stride(from: 0, to: panels.count, by: size).map { Array(panels[$0..<min($0 + size, panels.count)]) }
    }

    /// The same for all panels of the task.
    func ordinate(in frame: Box) -> PlotScale {
        let ends = panels.flatMap(\.points).flatMap { [$0.y - ($0.halfWidth ?? 0), $0.y + ($0.halfWidth ?? 0)] }
        return PlotScale.linear(ends, from: frame.bottom, to: frame.top, most: 5)
    }
}

/// One task on one feature set.
struct CostPanel {
    /// Efficient probing of one D_o, in order of cost.
    struct Line {
        let name: String
        /// D_o/D, by which lines are ordered.
        let share: Double
        let points: [PlotSeries.Point]
        /// M of each point.
        let queries: [Int]
    }

    struct NamedPoint {
        let name: String
        let point: PlotSeries.Point
    }

    /// A text that belongs to a point.
    struct Label {
        let text: String
        let point: PlotSeries.Point
        /// The name of the point's line; nil for a point of its own.
        let line: String?

        var size: Double { line == nil ? 6.5 : 6 }

        func label(_ axes: PanelAxes) -> LabelPlacement.Label {
            LabelPlacement.Label(
                x: axes.x(point.x), y: axes.y(point.y), width: FontMetrics.width(of: text, size: size),
                height: 1.05 * size)
        }
    }

    let title: String
    let lines: [Line]
    let others: [NamedPoint]
    let front: [PlotSeries.Point]
    /// Whether the layer is the best of several.
    let isChosen: Bool
    /// Rows that lack folds.
    let missing: Int

    var points: [PlotSeries.Point] { lines.flatMap(\.points) + others.map(\.point) }

    var labels: [Label] {
        others.map { Label(text: $0.name, point: $0.point, line: nil) }
            + lines.flatMap { line in
                zip(line.points, line.queries).map { Label(text: "\($1)", point: $0, line: line.name) }
            }
    }

    /// - Parameter block: the task's rows of the backbone.
    init(_ block: ResultTable.Block, backbone: String, axis: CostAxis) {
        var shown = block
        shown.rows = block.rowsOfMostShots.rowsOfBestLayers
        shown.mark(axis)
        let complete = shown.rows.filter(\.isComplete)
        missing = shown.rows.count - complete.count
        title = backbone + block.layerTitle(of: complete, sayingChoice: false)
        isChosen = Set(block.rows.map(\.unit.features.layer)).count > Set(complete.map(\.unit.features.layer)).count
        func point(_ row: ResultRow) -> PlotSeries.Point {
            let x = axis == .parameters ? Double(row.parameters) : row.referenceGFLOPs
            return PlotSeries.Point(row, x: x, factor: DisplayName.factor(of: block.metric))
        }
        let efficient = Dictionary(grouping: complete.filter { $0.unit.probe.type == "efficient" }, by: \.lineName)
        lines = efficient.sorted { $0.key < $1.key }.map { name, rows in
            let rows = rows.sorted { ($0.cost(on: axis), $0.queries) < ($1.cost(on: axis), $1.queries) }
            return Line(
                name: name, share: Double(rows[0].outputWidth) / Double(rows[0].unit.features.width),
                points: rows.map(point), queries: rows.map(\.queries))
        }
        let rest = complete.filter { $0.unit.probe.type != "efficient" }
        let widths = Dictionary(grouping: rest, by: \.displayName).mapValues { Set($0.map(\.outputWidth)).count }
        others = rest.map { row in
            let isOneOfSeveral = widths[row.displayName, default: 1] > 1
            let output = DisplayName.output(row.outputWidth, of: row.unit.features.width)
            return NamedPoint(name: row.displayName + (isOneOfSeveral ? " \(output)" : ""), point: point(row))
        }
        front = complete.count > 1 ? complete.filter(\.isOnFront).map(point).sorted { ($0.x, $0.y) < ($1.x, $1.y) } : []
    }

    func markers(_ axes: PanelAxes) -> [Box] {
        points.map { Box(around: (axes.x($0.x), axes.y($0.y)), width: 5.6, height: 5.6) }
    }

    /// The intervals of all points.
    func intervals(_ axes: PanelAxes) -> [Box] {
        points.compactMap { point in
            point.halfWidth.map { half in
                Box(
                    left: axes.x(point.x) - 0.5, right: axes.x(point.x) + 0.5, top: axes.y(point.y + half),
                    bottom: axes.y(point.y - half))
            }
        }
    }

    /// What else labels should not cover: pieces of lines.
    func strokes(_ axes: PanelAxes) -> [Box] {
        let pieces = lines.flatMap { line in
            zip(line.points, line.points.dropFirst()).flatMap { from, to in
                (1..<Self.pieces).map { piece in
                    let share = Double(piece) / Double(Self.pieces)
                    let (start, end) = ((axes.x(from.x), axes.y(from.y)), (axes.x(to.x), axes.y(to.y)))
                    return Box(
                        around: (start.0 + share * (end.0 - start.0), start.1 + share * (end.1 - start.1)), width: 2,
                        height: 2)
                }
            }
        }
        let steps = zip(front, front.dropFirst()).flatMap { from, to in
            let (start, end) = ((axes.x(from.x), axes.y(from.y)), (axes.x(to.x), axes.y(to.y)))
            return [
                Box(left: start.0, right: end.0, top: start.1 - 1, bottom: start.1 + 1),
                Box(left: end.0 - 1, right: end.0 + 1, top: min(start.1, end.1), bottom: max(start.1, end.1)),
            ]
        }
        let last = front.last.map {
            Box(left: axes.x($0.x), right: axes.frame.right, top: axes.y($0.y) - 1, bottom: axes.y($0.y) + 1)
        }
        return pieces + steps + (last.map { [$0] } ?? [])
    }

    private static let pieces = 10
}

extension ResultRow {
    fileprivate var queries: Int { unit.probe.options["queries"]?.count ?? 0 }

    /// `EP, Dₒ = D/4`: the row without its number of queries, which a line runs over.
    fileprivate var lineName: String {
        displayName(leavingOutQueries: true) + ", Dₒ = "
            + DisplayName.output(outputWidth, of: unit.features.width)
    }
}
