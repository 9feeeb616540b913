import Foundation
import Sweeps

/// Plots of a table of results as SVG, at the width of a column, to be read in black and white too.
///
/// A pure function of the table: the same results give the same bytes.
public enum ResultPlot {
    /// What the metric is plotted against.
    public enum Axis: String, CaseIterable, Codable, Sendable {
        /// Trainable parameters, on a logarithmic axis.
        case parameters = "params"
        /// GFLOPs of the forward pass per sample in the literature's accounting, on a logarithmic axis.
        case operations = "gflops"
        /// The layer's index.
        case layer
    }

    /// One panel for each task, below one another, with 95 % intervals over folds.
    ///
    /// Against a cost, a line is a probe type over its output dimensionalities and queries, all on one layer: the one
    /// with the best mean of the task, which the title names, or the one asked for. The Pareto front is that of the
    /// panel. Against the layer, a line is a probe. Rows that lack a fold are not drawn but counted below.
    ///
    /// - Parameter layer: The layer of the plots against a cost; nil for the best of each task and feature set.
    public static func svg(_ table: ResultTable, against axis: Axis, layer: Int? = nil) -> String {
        let panels = table.blocks.map { PlotPanel($0, against: axis, layer: layer) }
        var drawing = Drawing()
        var top = 4.0
        for panel in panels {
            panel.draw(on: &drawing, top: top)
            top += panel.height
        }
        if panels.isEmpty {
            drawing.text("no results", at: (6, top + 10))
            top += 16
        }
        return drawing.svg(width: PlotPanel.width, height: top)
    }
}

extension PlotPanel {
    fileprivate init(_ block: ResultTable.Block, against axis: ResultPlot.Axis, layer: Int?) {
        let direction = block.greaterIsBetter ? "" : " (less is better)"
        let costAxis: CostAxis? =
            switch axis {
            case .parameters: .parameters
            case .operations: .operations
            case .layer: nil
            }
        let shown = costAxis == nil ? block.rows : block.rows(onLayer: layer)
        let complete = shown.filter(\.isComplete)
        let missing = shown.count - complete.count
        title = "\(block.task)" + (costAxis == nil ? "" : block.layerTitle(of: complete, isChosen: layer == nil))
        ordinateTitle = block.metric + direction
        notes = missing == 0 ? [] : ["\(missing) of \(shown.count) rows lack folds and are not drawn."]
        switch costAxis {
        case nil:
            abscissaTitle = "layer"
            abscissa = .integers
            (series, front) = (block.layerSeries(complete), [])
        case .parameters?:
            abscissaTitle = "trainable parameters"
            abscissa = .logarithmic { PlotScale.short(Display.scaled(Int($0.rounded()))) }
            series = block.costSeries(complete) { Double($0.parameters) }
            front = block.front(complete) { Double($0.parameters) }
        case .operations?:
            abscissaTitle = "GFLOPs per sample"
            abscissa = .logarithmic { PlotScale.short(Display.significant($0, 1)) }
            series = block.costSeries(complete) { $0.referenceGFLOPs }
            front = block.front(complete) { $0.referenceGFLOPs }
        }
    }
}

extension ResultTable.Block {
    /// The rows of one layer of each feature set: the layer asked for, or that of the set's best complete row.
    fileprivate func rows(onLayer layer: Int?) -> [ResultRow] {
        Dictionary(grouping: rows) { $0.unit.features.set }.sorted { $0.key < $1.key }.flatMap { _, rows in
            let best = rows.filter(\.isComplete).max { oriented($0) < oriented($1) }
            let shown = layer ?? (best ?? rows.first)?.unit.features.layer
            return rows.filter { $0.unit.features.layer == shown }
        }
    }

    /// The row's mean, turned so that more is better.
    private func oriented(_ row: ResultRow) -> Double {
        let mean = row.estimate?.mean ?? .nan
        return greaterIsBetter ? mean : -mean
    }

    /// Which layers are shown, and of how many the best was chosen.
    fileprivate func layerTitle(of shown: [ResultRow], isChosen: Bool) -> String {
        let layers = Set(shown.map(\.unit.features.layer)).sorted().map(String.init)
        guard !layers.isEmpty else { return "" }
        let all = Set(rows.map(\.unit.features.layer)).count
        let choice = isChosen && layers.count == 1 && all > 1 ? " (best of \(all))" : ""
        return ", layer" + (layers.count > 1 ? "s " : " ") + layers.joined(separator: ", ") + choice
    }

    /// One line for each probe type and feature set, in order of name, each in order of cost.
    fileprivate func costSeries(_ rows: [ResultRow], cost: (ResultRow) -> Double) -> [PlotSeries] {
        lines(rows, named: \.lineLabel, abscissa: cost)
    }

    /// One line for each probe and feature set, in order of layer.
    fileprivate func layerSeries(_ rows: [ResultRow]) -> [PlotSeries] {
        let widths = Dictionary(grouping: rows, by: \.label).mapValues { Set($0.map(\.outputWidth)).count }
        return lines(
            rows, named: { ($0.label) + ((widths[$0.label] ?? 1) > 1 ? ", D_o \($0.outputWidth)" : "") },
            abscissa: { Double($0.unit.features.layer) })
    }

    private func lines(
        _ rows: [ResultRow], named name: (ResultRow) -> String, abscissa: (ResultRow) -> Double
    ) -> [PlotSeries] {
        let sets = Set(self.rows.map(\.unit.features.set)).count
        let groups = Dictionary(grouping: rows) { (sets > 1 ? "\($0.unit.features.set): " : "") + name($0) }
        return groups.map { name, rows in
            PlotSeries(name: name, points: points(rows, abscissa: abscissa))
        }.sorted { $0.name < $1.name }
    }

    private func points(_ rows: [ResultRow], abscissa: (ResultRow) -> Double) -> [PlotSeries.Point] {
        rows.compactMap { row in
            row.estimate.map { PlotSeries.Point(x: abscissa(row), y: $0.mean, halfWidth: $0.halfWidth) }
        }.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
    }

    /// The points that no other of these rows dominates, in order of cost.
    fileprivate func front(_ rows: [ResultRow], cost: (ResultRow) -> Double) -> [PlotSeries.Point] {
        guard rows.count > 1 else { return [] }
        let members = paretoFront(rows.map { ParetoPoint(cost: cost($0), score: oriented($0)) })
        return points(zip(rows, members).filter(\.1).map(\.0), abscissa: cost)
    }
}

extension ResultRow {
    /// The row's label without its number of queries, which a line runs over.
    fileprivate var lineLabel: String {
        let suffix = label.dropFirst(unit.probeLabel.count)
        return unit.probeLabel(leavingOut: "queries") + suffix
    }
}
