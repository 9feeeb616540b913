import Attention
import Probes
import Sweeps
import Units

/// What predictors are worth against a quality of their maps: the methods on the left, D_o of efficient probing on the
/// right, a row of panels for each task, feature set, layer and quality. One point a predictor, fold and seed.
///
/// Worth is Δ, what the metric loses where the map is uniform; in shares of what all maps of the head are worth together
/// where heads have unlike numbers of predictors, since only these compare. A pure function of the findings.
package struct WorthFigure {
    private let layout: FigureLayout
    private let rows: [WorthPanels]
    /// All series of the figure, methods first; what a series is called has the same style in all panels.
    private let names: [String]
    private let isShare: Bool
    /// Heads of a single predictor, which a figure of shares leaves out.
    private let singles: Int

    /// - Parameters:
    ///   - units: What was found of heads.
    ///   - table: Of their sweep, which has the names and dimensionalities of their probes.
    package init(
        _ units: [UnitAttention], of table: ResultTable, against qualities: [WorthQuality],
        layout: FigureLayout = FigureLayout()
    ) {
        self.layout = layout
        let isShare = Set(units.map(\.predictors.count)).count > 1
        self.isShare = isShare
        let shown = isShare ? units.filter { $0.predictors.count > 1 } : units
        singles = units.count - shown.count
        let heads = WorthHead.heads(shown, of: table)
        let groups = Dictionary(grouping: heads) { [$0.unit.name.task, $0.unit.name.features, $0.layerOrder] }
        rows = groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.flatMap { _, heads in
            qualities.map { WorthPanels(heads, against: $0, isShare: isShare) }
        }
        let methods = Set(rows.flatMap(\.methods.series).map(\.name)).sorted()
        let outputs = Set(rows.flatMap(\.outputs.series).map(\.name)).sorted()
        names = methods + outputs.filter { !methods.contains($0) }
    }

    /// The figure as a file.
    ///
    /// - Throws: `PlotError.noPoints` where no predictor has both figures.
    package func svg() throws(PlotError) -> String {
        guard rows.contains(where: { !$0.points.isEmpty }) else { throw .noPoints }
        var drawing = Drawing()
        let grid = PanelRows(most: 2, narrowest: 90, ownOrdinates: false, layout: layout)
        var top = 4.0
        for row in rows {
            let first = grid.frame(column: 0, top: top)
            let y = PlotScale.linear(row.points.map(\.y) + [0], from: first.bottom, to: first.top, most: 5)
            for (column, panel) in [row.methods, row.outputs].enumerated() {
                let frame = grid.frame(column: column, top: top)
                let x = PlotScale.linear(row.points.map(\.x), from: frame.left, to: frame.right, most: 5)
                let axes = PanelAxes(frame: frame, x: x, y: y, style: layout.style)
                axes.draw(on: &drawing, title: panel.title, labelsAbscissa: true, labelsOrdinate: column == 0)
                if column == 0 { axes.drawOrdinateTitle(on: &drawing, row.ordinateTitles) }
                draw(panel, axes, on: &drawing)
            }
            drawing.text(
                row.abscissaTitle, at: ((PanelRows.left + layout.width.points) / 2, first.bottom + 18),
                anchor: .middle, size: 7)
            top = first.bottom + PanelRows.tickHeight + 10
        }
        let bottom = foot.draw(on: &drawing, top: top + 8, width: layout.width.points)
        return drawing.svg(width: layout.width.points, height: bottom + 2)
    }

    private func draw(_ panel: WorthPanel, _ axes: PanelAxes, on drawing: inout Drawing) {
        let zero = axes.y(0)
        drawing.line((axes.frame.left, zero), (axes.frame.right, zero), colour: "#999999", width: 0.5, dash: "2 2")
        if panel.series.isEmpty { axes.drawReason(on: &drawing, panel.reasonEmpty) }
        for series in panel.series {
            let style = style(of: series.name)
            for point in series.points {
                style.drawMarker(at: (axes.x(point.x), axes.y(point.y)), isHollow: true, on: &drawing)
            }
        }
    }

    private func style(of name: String) -> SeriesStyle {
        let index = names.firstIndex(of: name) ?? 0
        let (colours, markers) = (layout.style.colours, SeriesStyle.Marker.allCases)
        return SeriesStyle(
            marker: markers[index % markers.count], dash: nil, colour: colours[index % colours.count])
    }

    private var foot: FigureFoot {
        let entries = names.map { FigureFoot.Entry(name: $0, sign: .marker(style(of: $0))) }
        let worth =
            isShare
            ? "Worth: what the metric loses where one map is uniform, as a share of what it loses where all are."
            : "Δ: what the metric loses where one map is uniform."
        let undefined = rows.reduce(0) { $0 + $1.undefined }
        let notes =
            ["A point for each predictor, fold and seed; predictors of one head are not independent. " + worth]
            + (undefined == 0 ? [] : ["\(undefined) predictors have no point: one of their figures is undefined."])
            + (singles == 0
                ? []
                : [
                    "\(singles) \(singles == 1 ? "head" : "heads") of a single predictor left out: its share is 100 % by "
                        + "definition."
                ])
        return FigureFoot(entries: entries, notes: notes)
    }
}

/// One head's findings with what its row in tables says.
private struct WorthHead {
    let unit: UnitAttention
    /// `EP₁₆`, `MHCA₁₂`.
    let name: String
    let isEfficient: Bool
    let output: Int
    let width: Int

    /// In the order of layers where it is sorted as text.
    var layerOrder: String {
        String(repeating: "0", count: max(0, 6 - "\(unit.name.layer)".count)) + "\(unit.name.layer)"
    }

    static func heads(_ units: [UnitAttention], of table: ResultTable) -> [WorthHead] {
        let rows = table.blocks.flatMap(\.rows)
        let pairs = rows.flatMap { row in
            row.folds.flatMap { fold in ([fold.key] + fold.draws.map(\.key)).map { ($0, row) } }
        }
        let owners = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
        return units.map { unit in
            let row = owners[unit.name.key]
            return WorthHead(
                unit: unit, name: row?.displayName ?? unit.name.probe,
                isEfficient: row?.unit.probe.type == "efficient", output: row?.outputWidth ?? 0,
                width: row?.unit.features.width ?? 0)
        }
    }
}

/// Two panels on shared axes.
private struct WorthPanels {
    let methods: WorthPanel
    let outputs: WorthPanel
    let ordinateTitles: [String]
    let abscissaTitle: String
    /// Predictors without a point.
    let undefined: Int

    var points: [WorthPanel.Point] { (methods.series + outputs.series).flatMap(\.points) }

    /// - Parameter heads: Of one task, feature set and layer.
    init(_ heads: [WorthHead], against quality: WorthQuality, isShare: Bool) {
        let metric = heads.first?.unit.metric ?? ""
        let factor = isShare ? 100 : DisplayName.factor(of: metric)
        func points(_ head: WorthHead) -> [WorthPanel.Point] {
            head.unit.predictors.compactMap { predictor in
                let worth = isShare ? head.unit.share(of: predictor) : predictor.uniform.metric
                guard let worth, let value = quality.value(of: predictor, in: head.unit) else { return nil }
                return WorthPanel.Point(x: value, y: factor * worth)
            }
        }
        func series(_ heads: [WorthHead], _ name: (WorthHead) -> String) -> [WorthPanel.Series] {
            Dictionary(grouping: heads, by: name).sorted { $0.key < $1.key }.map {
                WorthPanel.Series(name: $0.key, points: $0.value.flatMap(points))
            }.filter { !$0.points.isEmpty }
        }
        let name = heads.first?.unit.name
        let features = name.map { PanelTitle(name: $0.features, ending: ", layer \($0.layer)") } ?? PanelTitle(name: "")
        // Efficient probing stands beside other methods in its widest form.
        let widest = heads.filter(\.isEfficient).map(\.output).max()
        let efficient = heads.filter(\.isEfficient)
        let several = Set(efficient.map(\.output)).count > 1
        methods = WorthPanel(
            title: PanelTitle(name: features.name, ending: features.ending + ": methods"),
            series: series(heads.filter { !$0.isEfficient || $0.output == widest }, \.name),
            reasonEmpty: "no map has both figures")
        outputs = WorthPanel(
            title: PanelTitle(name: features.name, ending: features.ending + ": Dₒ"),
            series: several
                ? series(efficient) { "\($0.name), Dₒ = \(DisplayName.output($0.output, of: $0.width))" } : [],
            reasonEmpty: efficient.isEmpty ? "no efficient probing" : several ? "no map has both figures" : "one Dₒ")
        ordinateTitles = [
            name?.task ?? "",
            isShare
                ? "share of Δ \(DisplayName.metric(metric)) (%)"
                : "Δ " + DisplayName.metric(metric) + (DisplayName.isPercentage(metric) ? " (points)" : ""),
        ]
        abscissaTitle = quality.axisTitle
        undefined = heads.reduce(0) { $0 + $1.unit.predictors.count - points($1).count }
    }
}

private struct WorthPanel {
    struct Point {
        let x: Double
        let y: Double
    }

    struct Series {
        let name: String
        let points: [Point]
    }

    let title: PanelTitle
    let series: [Series]
    /// What is said where it has no series.
    let reasonEmpty: String
}

extension WorthQuality {
    /// With more words than tables have room for, where there are any.
    fileprivate var axisTitle: String {
        switch self {
        case .entropy: "entropy (0: one token, 1: uniform)"
        case .highNormMass: "mass on tokens of high norm"
        case .massLift: "mass lift on the object (1: no better than its area)"
        case .pointing: "pointing game"
        default: title
        }
    }
}
