import Probes
import Sweeps
import Units

/// The panels of one task, a panel for each feature set. One without rows of the task has an empty panel.
struct TaskPanels {
    let task: String
    let titles: [String]
    let panels: [CostPanel]

    init(_ block: ResultTable.Block, backbones: [String], axis: CostAxis) {
        let direction = block.greaterIsBetter ? "" : ", less is better"
        task = block.task
        titles = [
            block.task,
            DisplayName.metricWithUnit(block.metric) + direction + (block.isOptimistic ? ", chosen on test" : ""),
        ]
        panels = backbones.map { backbone in
            var part = block
            part.rows.removeAll { $0.features != backbone }
            return CostPanel(part, backbone: backbone, axis: axis)
        }
    }

    /// Whether no panel has points.
    var isEmpty: Bool { panels.allSatisfy { $0.reasonEmpty != nil } }

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
        /// Whether it is a linear probe, which all others are measured by and which is named in every panel.
        let isLinear: Bool
    }

    /// A text that belongs to a point.
    struct Label {
        let text: String
        /// Whether it stands for a name.
        var isKey = false
        let point: PlotSeries.Point
        /// The name of the point's line; nil for a point of its own.
        let line: String?

        var size: Double { line == nil ? 6.5 : 6 }

        func label(_ axes: PanelAxes) -> LabelPlacement.Label {
            LabelPlacement.Label(
                x: axes.x(point.x), y: axes.y(point.y), width: FontMetrics.width(of: text, size: size, isBold: isKey),
                height: 1.05 * size)
        }
    }

    let title: PanelTitle
    let lines: [Line]
    let others: [NamedPoint]
    let front: [PlotSeries.Point]
    /// Whether the layer is the best of several.
    let isChosen: Bool
    /// Rows that lack folds.
    let missing: Int

    var points: [PlotSeries.Point] { lines.flatMap(\.points) + others.map(\.point) }

    /// Why it has no points; nil where it has some.
    var reasonEmpty: String? {
        guard points.isEmpty else { return nil }
        return missing == 0 ? "no rows of this task" : "all rows lack folds"
    }

    /// - Parameter key: Letters for names, where a figure has no room for these; then lines have M at both ends alone.
    func labels(_ key: PointKey?) -> [Label] {
        others.map { other in
            let letters = key?[other.name]
            return Label(text: letters ?? other.name, isKey: letters != nil, point: other.point, line: nil)
        }
            + lines.flatMap { line in
                let all = zip(line.points, line.queries).map { Label(text: "\($1)", point: $0, line: line.name) }
                return key == nil || all.count < 3 ? all : [all[0], all[all.count - 1]]
            }
    }

    /// - Parameter block: the task's rows of the backbone.
    init(_ block: ResultTable.Block, backbone: String, axis: CostAxis) {
        var shown = block
        shown.rows = block.rowsOfMostShots.rowsOfBestLayers
        shown.mark(axis)
        let complete = shown.rows.filter(\.isComplete)
        missing = shown.rows.count - complete.count
        title = PanelTitle(name: backbone, ending: block.layerTitle(of: complete, sayingChoice: false))
        let layers = Set(complete.map(\.unit.features.layer)).count
        isChosen = layers > 0 && Set(block.rows.map(\.unit.features.layer)).count > layers
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
            return NamedPoint(
                name: row.displayName + (isOneOfSeveral ? " \(output)" : ""), point: point(row),
                isLinear: row.unit.probe.type == "linear")
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
