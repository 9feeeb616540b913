import Foundation
import Sweeps
import Units

/// Plots of a table of results as SVG, at the width of a column, to be read in black and white too.
///
/// A pure function of the table: the same results give the same bytes.
package enum ResultPlot {
    /// What the metric is plotted against.
    package enum Axis: String, CaseIterable, Codable, Sendable {
        /// Trainable parameters, on a logarithmic axis.
        case parameters = "params"
        /// GFLOPs of the forward pass per sample in the literature's accounting, on a logarithmic axis.
        case operations = "gflops"
        /// The layer's index.
        case layer
        /// D_o, on a logarithmic axis.
        case output
        /// Samples trained on, on a logarithmic axis.
        case shots
    }

    /// One panel for each task, below one another, with 95 % intervals over folds.
    ///
    /// Against a cost, a line is a probe type over its output dimensionalities and queries, all on one layer: of
    /// several the one with the best mean of the task, which the title names. The Pareto front is that of the panel,
    /// with the share of bootstrap samples of kept predictions in which each of its rows stays on it. Against the layer, and
    /// against D_o on the best layer, a line is a probe over that and nothing else; so it is against the samples
    /// trained on, while all other plots show the rows with the most. Rows that chose on the test folds are drawn where
    /// there are no others, and the axis says so. Rows that lack a fold are not drawn but counted
    /// below. Points of rows with marks that ask for caution are hollow, and counted too.
    ///
    /// - Parameter width: Panels stand below one another in a column, and two beside each other on a page.
    /// - Throws: ``PlotError`` where there is nothing to draw, no curve, or more lines than a reader tells apart.
    package static func svg(
        _ table: ResultTable, against axis: Axis, width: FigureLayout.Width = .column
    ) throws(PlotError) -> String {
        let panels = table.blocks.map { PlotPanel($0, against: axis) }
        try check(panels, of: table, against: axis)
        let columns = width == .page ? min(2, max(1, panels.count)) : 1
        var drawing = Drawing()
        var top = 4.0
        for start in stride(from: 0, to: panels.count, by: columns) {
            let row = panels[start..<min(start + columns, panels.count)]
            for (column, panel) in row.enumerated() {
                if column == 0 {
                    panel.draw(on: &drawing, top: top)
                } else {
                    var part = Drawing()
                    panel.draw(on: &part, top: top)
                    drawing.add(part, at: (PlotPanel.width * Double(column), 0))
                }
            }
            top += row.map(\.height).max() ?? 0
        }
        return drawing.svg(width: PlotPanel.width * Double(columns), height: top)
    }

    private static func check(_ panels: [PlotPanel], of table: ResultTable, against axis: Axis) throws(PlotError) {
        let points = panels.map { $0.series.flatMap(\.points) }
        let blocks = table.blocks.map(\.honest)
        guard points.contains(where: { !$0.isEmpty }) else {
            throw .noResults(lacking: blocks.flatMap(\.rows).count { !$0.isComplete })
        }
        if axis.isCurve, let value = PlotError.onlyValue(points) {
            throw .singleValue(of: axis.name, value: PlotScale.short(NumberFormat.significant(value, 6)))
        }
        for (panel, block) in zip(panels, blocks) where panel.series.count > PlotError.mostLines {
            throw .tooManyLines(panel.series.count, of: block.rows.filter(\.isComplete), over: axis)
        }
    }
}

extension ResultPlot.Axis {
    /// Whether lines are of one probe over the axis.
    fileprivate var isCurve: Bool { self == .layer || self == .output || self == .shots }

    fileprivate var name: String {
        switch self {
        case .parameters: "number of trainable parameters"
        case .operations: "cost in GFLOPs"
        case .layer: "layer"
        case .output: "output dimensionality"
        case .shots: "number of training samples"
        }
    }
}

extension PlotPanel {
    fileprivate init(_ block: ResultTable.Block, against axis: ResultPlot.Axis) {
        switch axis {
        case .parameters:
            self.init(
                block, cost: .parameters, title: "trainable parameters",
                scale: .logarithmic { PlotScale.short(NumberFormat.scaled(Int($0.rounded()))) },
                { Double($0.parameters) })
        case .operations:
            self.init(
                block, cost: .operations, title: "GFLOPs per sample",
                scale: .logarithmic { PlotScale.power($0) }, \.referenceGFLOPs)
        case .layer:
            self.init(block, \.rowsOfMostShots.rows, curve: .layer, title: "layer", scale: .integers) {
                Double($0.unit.features.layer)
            }
        case .output:
            self.init(
                block, \.rowsOfMostShots.rowsOfBestLayers, curve: .output, title: "output dimensionality",
                scale: .values { "\(Int($0))" }
            ) { Double($0.outputWidth) }
        case .shots:
            self.init(
                block, \.rowsOfBestLayers, curve: .shots, title: "samples trained on",
                scale: .values { "\(Int($0.rounded()))" }
            ) { $0.trainingSamples ?? .nan }
        }
    }

    /// Probe types against a cost, on the best layer, with their Pareto front.
    private init(
        _ whole: ResultTable.Block, cost: CostAxis, title: String, scale: Abscissa, _ position: (ResultRow) -> Double
    ) {
        let block = whole.honest
        var shown = block
        shown.rows = block.rowsOfMostShots.rowsOfBestLayers
        shown.mark(cost)
        let complete = shown.rows.filter(\.isComplete)
        self.init(
            block, title: PanelTitle(name: block.task, ending: block.layerTitle(of: complete)), abscissaTitle: title,
            abscissa: scale, series: block.lines(complete, named: \.lineLabel, abscissa: position),
            front: complete.count > 1 ? block.points(complete.filter(\.isOnFront), abscissa: position) : [],
            missing: shown.rows.count - complete.count, leftOut: FigureNotes.leftOut(of: [whole]))
    }

    /// Probes over an axis.
    private init(
        _ whole: ResultTable.Block, _ choice: (ResultTable.Block) -> [ResultRow], curve: RowAxis, title: String,
        scale: Abscissa, _ position: (ResultRow) -> Double
    ) {
        let block = whole.honest
        let shown = choice(block)
        let complete = shown.filter(\.isComplete)
        // Of several sets, each line has its set's name before its own.
        let hasSets = Set(block.rows.map(\.features)).count > 1
        func name(_ row: ResultRow) -> String { hasSets ? row.nameInSet(without: curve) : row.name(without: curve) }
        let names = complete.map(name)
        let short = Dictionary(zip(names, names.withoutSharedParts), uniquingKeysWith: { first, _ in first })
        self.init(
            block,
            title: PanelTitle(name: block.task, ending: curve == .layer ? "" : block.layerTitle(of: complete)),
            abscissaTitle: title, abscissa: scale,
            series: block.lines(
                complete, named: { short[name($0)] ?? $0.label }, abscissa: position),
            front: [], missing: shown.count - complete.count,
            leftOut: FigureNotes.leftOut(of: [whole], keepsShots: curve == .shots))
    }

    private init(
        _ block: ResultTable.Block, title: PanelTitle, abscissaTitle: String, abscissa: Abscissa, series: [PlotSeries],
        front: [PlotSeries.Point], missing: Int, leftOut: String?
    ) {
        let notes = FigureNotes.rows(series.flatMap(\.points), missing: missing) + (leftOut.map { [$0] } ?? [])
        self.init(
            title: title, abscissaTitle: abscissaTitle,
            ordinateTitle: block.ordinateTitle, abscissa: abscissa,
            series: series, front: front,
            notes: notes.flatMap { FigureNotes.broken($0, width: Self.width - 12, size: Drawing.fontSize) })
    }
}

extension ResultTable.Block {
    /// The rows with the most training samples, of every probe and layer.
    var rowsOfMostShots: ResultTable.Block {
        var block = self
        guard rows.contains(where: { $0.unit.shots != nil }) else { return block }
        let most = rows.max { ($0.trainingSamples ?? 0) < ($1.trainingSamples ?? 0) }?.unit.shots
        block.rows.removeAll { $0.unit.shots != most }
        return block
    }

    /// The rows of one layer of each feature set: that of the set's best complete row.
    var rowsOfBestLayers: [ResultRow] {
        Dictionary(grouping: rows) { $0.unit.features.set }.sorted { $0.key < $1.key }.flatMap { _, rows in
            let best = rows.filter(\.isComplete).max { oriented($0) < oriented($1) }
            let shown = (best ?? rows.first)?.unit.features.layer
            return rows.filter { $0.unit.features.layer == shown }
        }
    }

    /// The row's mean, negated if less is better.
    private func oriented(_ row: ResultRow) -> Double {
        let mean = row.estimate?.mean ?? .nan
        return greaterIsBetter ? mean : -mean
    }

    fileprivate var ordinateTitle: String {
        metric + (isOptimistic ? ", chosen on test (optimistic)" : greaterIsBetter ? "" : " (less is better)")
    }

    /// Which layers are shown, and of how many the best was chosen.
    func layerTitle(of shown: [ResultRow], sayingChoice: Bool = true) -> String {
        let layers = Set(shown.map(\.unit.features.layer)).sorted().map(String.init)
        guard !layers.isEmpty else { return "" }
        let all = Set(rows.map(\.unit.features.layer)).count
        let choice = sayingChoice && layers.count == 1 && all > 1 ? " (best of \(all))" : ""
        return ", layer" + (layers.count > 1 ? "s " : " ") + layers.joined(separator: ", ") + choice
    }

    /// One line for each name and feature set, in order of name.
    fileprivate func lines(
        _ rows: [ResultRow], named name: (ResultRow) -> String, abscissa: (ResultRow) -> Double
    ) -> [PlotSeries] {
        let sets = Set(self.rows.map(\.features)).count
        // A single probe needs no name beside that of its backbone.
        let hasNames = sets == 1 || Set(rows.map(name)).count > 1
        let groups = Dictionary(grouping: rows) { row in
            ((sets > 1 ? [row.features] : []) + (hasNames ? [name(row)] : [])).joined(separator: ": ")
        }
        return groups.map { name, rows in
            PlotSeries(name: name, points: points(rows, abscissa: abscissa))
        }.sorted { $0.name < $1.name }
    }

    fileprivate func points(_ rows: [ResultRow], abscissa: (ResultRow) -> Double) -> [PlotSeries.Point] {
        rows.map { PlotSeries.Point($0, x: abscissa($0)) }.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
    }
}

extension ResultRow {
    /// The row's label without its number of queries, which a line runs over.
    fileprivate var lineLabel: String {
        let suffix = label.dropFirst(unit.probeLabel.count)
        return unit.probeLabel(leavingOut: "queries") + suffix
    }
}
