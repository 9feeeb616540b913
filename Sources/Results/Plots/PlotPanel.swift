/// One line of a panel.
struct PlotSeries {
    struct Point {
        var x: Double
        var y: Double
        /// Half the 95 % interval; nil where there is none.
        var halfWidth: Double?
        /// The share of bootstrap samples in which the point is on the front; nil where there is none.
        var frontShare: Double?
        /// The row's marks that ask for caution.
        var marks: [RowMark.Kind]

        var isMarked: Bool { !marks.isEmpty }

        /// - Parameters:
        ///   - row: with an estimate; a point without one is not a number.
        ///   - factor: what the metric is multiplied by when it is shown.
        init(_ row: ResultRow, x: Double, factor: Double = 1) {
            self.x = x
            y = factor * (row.estimate?.mean ?? .nan)
            halfWidth = row.estimate?.halfWidth.map { factor * $0 }
            frontShare = row.frontShare
            marks = row.marks.map(\.kind).filter(\.isCaution)
        }
    }

    var name: String
    var points: [Point]

    /// Whether the legend shows the line hollow, as all of its points are.
    var isMarked: Bool { points.allSatisfy(\.isMarked) && !points.isEmpty }
}

/// One plot with its axes and, below it, its legend.
struct PlotPanel {
    enum Abscissa {
        case logarithmic(label: (Double) -> String)
        /// Logarithmic, with a tick at every value.
        case values(label: (Double) -> String)
        case integers
    }

    /// A column of a two-column page, 3.5 inches.
    static let width = 252.0
    private static let left = 38.0
    private static let right = width - 8
    private static let plotHeight = 138.0
    private static let legendLine = 11.0
    private static let swatch = 24.0

    var title: PanelTitle
    var abscissaTitle: String
    var ordinateTitle: String
    var abscissa: Abscissa
    var series: [PlotSeries]
    /// In order of cost; empty if there is none.
    var front: [PlotSeries.Point]
    /// Lines below the legend.
    var notes: [String]

    private var legend: [String] { series.map(\.name) + (front.isEmpty ? [] : [frontTitle]) }

    private var frontTitle: String {
        front.contains { $0.frontShare != nil } ? "Pareto front (%: of bootstrap samples)" : "Pareto front"
    }

    /// As many columns as the widest entry leaves room for.
    private var legendColumns: Int {
        let widest = legend.map(Drawing.width).max() ?? 0
        return max(1, min(legend.count, Int((Self.right - 4) / (widest + Self.swatch + 8))))
    }

    private var legendLines: Int { (legend.count + legendColumns - 1) / legendColumns }

    var height: Double {
        16 + Self.plotHeight + 30 + Double(legendLines + notes.count) * Self.legendLine + 8
    }

    /// Draws the panel with its upper edge at `top`.
    func draw(on drawing: inout Drawing, top: Double) {
        let (upper, lower) = (top + 16, top + 16 + Self.plotHeight)
        let points = series.flatMap(\.points)
        let ends = points.flatMap { [$0.y - ($0.halfWidth ?? 0), $0.y + ($0.halfWidth ?? 0)] }
        let y = PlotScale.linear(ends, from: lower, to: upper)
        let x = abscissaScale(points.map(\.x))
        drawing.text(
            title.fitted(in: Self.width - 12, size: Drawing.fontSize), at: (6, top + 10), isBold: true)
        drawAxes(on: &drawing, x, y, upper: upper, lower: lower)
        drawFront(on: &drawing, x, y)
        for index in series.indices { drawSeries(index, on: &drawing, x, y) }
        drawShares(on: &drawing, x, y, Box(left: Self.left, right: Self.right, top: upper, bottom: lower))
        drawLegend(on: &drawing, top: lower + 38)
    }

    private func abscissaScale(_ values: [Double]) -> PlotScale {
        switch abscissa {
        case .logarithmic(let label):
            PlotScale.logarithmic(values, from: Self.left, to: Self.right, label: label)
        case .values(let label):
            PlotScale.logarithmic(values, from: Self.left, to: Self.right, marksValues: true, label: label)
        case .integers: PlotScale.integers(values, from: Self.left, to: Self.right)
        }
    }

    private func drawAxes(
        on drawing: inout Drawing, _ x: PlotScale, _ y: PlotScale, upper: Double, lower: Double
    ) {
        for tick in y.ticks {
            drawing.line((Self.left, tick.position), (Self.right, tick.position), colour: "#ddd", width: 0.5)
            drawing.text(tick.label, at: (Self.left - 4, tick.position + 2.8), anchor: .end)
        }
        for tick in x.ticks {
            drawing.line((tick.position, lower), (tick.position, lower + 3))
            drawing.text(tick.label, at: (tick.position, lower + 12), anchor: .middle)
        }
        drawing.path([(Self.left, upper), (Self.left, lower), (Self.right, lower)], width: 0.8)
        if let gap = x.gap { drawing.axisBreak(at: (gap, lower)) }
        drawing.text(abscissaTitle, at: ((Self.left + Self.right) / 2, lower + 24), anchor: .middle)
        drawing.text(
            ordinateTitle, at: (9, (upper + lower) / 2), anchor: .middle, isUpright: true)
    }

    /// A step function: up to the next point's cost, the best score is that of the last point.
    private func drawFront(on drawing: inout Drawing, _ x: PlotScale, _ y: PlotScale) {
        var steps: [(x: Double, y: Double)] = []
        for point in front {
            if let last = steps.last { steps.append((x(point.x), last.y)) }
            steps.append((x(point.x), y(point.y)))
        }
        if let last = steps.last { steps.append((Self.right, last.y)) }
        drawing.path(steps, colour: Self.frontColour, width: 3)
    }

    /// Each front point's share beside it, where that covers nothing else.
    private func drawShares(on drawing: inout Drawing, _ x: PlotScale, _ y: PlotScale, _ frame: Box) {
        var taken = series.flatMap { obstacles($0.points, x, y) }
        for point in front {
            guard let share = point.frontShare else { continue }
            let text = NumberFormat.percent(share) + " %"
            let size = Drawing.smallSize
            let width = FontMetrics.width(of: text, size: size)
            // No row can lie up and left of a front point.
            let offsets = [(-1.0, -1.0), (0, -2), (-1, -2), (1, 1), (1, -1), (-1, 1), (0, 2), (1, 2)]
            let boxes = offsets.map { offset in
                Box(
                    around: (x(point.x) + offset.0 * (width / 2 + 4), y(point.y) + offset.1 * (size / 2 + 3)),
                    width: width, height: size)
            }
            guard let box = boxes.first(where: { box in frame.contains(box) && !taken.contains(where: box.overlaps) })
            else { continue }
            taken.append(box)
            drawing.text(text, at: (box.left, box.bottom - 1), size: size)
        }
    }

    /// Boxes that markers, intervals and the line between them cover.
    private func obstacles(_ points: [PlotSeries.Point], _ x: PlotScale, _ y: PlotScale) -> [Box] {
        let positions = points.map { (x: x($0.x), y: y($0.y)) }
        let marks = zip(points, positions).flatMap { point, position in
            let half = point.halfWidth ?? 0
            return [
                Box(around: position, width: 6, height: 6),
                Box(left: position.x - 2, right: position.x + 2, top: y(point.y + half), bottom: y(point.y - half)),
            ]
        }
        let line = zip(positions, positions.dropFirst()).flatMap { from, to in
            (1...40).map { step in
                let share = Double(step) / 40
                return Box(
                    around: (from.x + share * (to.x - from.x), from.y + share * (to.y - from.y)), width: 2, height: 2)
            }
        }
        return marks + line
    }

    private func drawSeries(_ index: Int, on drawing: inout Drawing, _ x: PlotScale, _ y: PlotScale) {
        let style = SeriesStyle(index)
        let shift = dodge(index, x)
        let positions = series[index].points.map { (x: x($0.x) + shift, y: y($0.y)) }
        drawing.path(positions, colour: style.colour, width: 1.1, dash: style.dash)
        for (point, position) in zip(series[index].points, positions) {
            if let half = point.halfWidth {
                drawing.line(
                    (position.x, y(point.y - half)), (position.x, y(point.y + half)), colour: style.colour, width: 0.6)
                for end in [y(point.y - half), y(point.y + half)] {
                    drawing.line((position.x - 1.5, end), (position.x + 1.5, end), colour: style.colour, width: 0.6)
                }
            }
            style.drawMarker(at: position, isHollow: point.isMarked, on: &drawing)
        }
    }

    /// Shifts lines over whole numbers sideways, so that their intervals do not cover each other.
    private func dodge(_ index: Int, _ x: PlotScale) -> Double {
        guard case .integers = abscissa, series.count > 1 else { return 0 }
        let step = abs(x(1) - x(0))
        let room = min(0.5 * step, 4 * Double(series.count - 1))
        return room * (Double(index) / Double(series.count - 1) - 0.5)
    }

    private func drawLegend(on drawing: inout Drawing, top: Double) {
        let column = (Self.width - 12) / Double(legendColumns)
        for (index, name) in legend.enumerated() {
            let left = 6 + column * Double(index / legendLines)
            let line = top + Self.legendLine * Double(index % legendLines)
            if index < series.count {
                let style = SeriesStyle(index)
                drawing.line((left, line), (left + 18, line), colour: style.colour, width: 1.1, dash: style.dash)
                style.drawMarker(at: (left + 9, line), isHollow: series[index].isMarked, on: &drawing)
            } else {
                drawing.line((left, line), (left + 18, line), colour: Self.frontColour, width: 3)
            }
            drawing.text(
                Drawing.fitted(name, in: column - Self.swatch), at: (left + Self.swatch - 2, line + 2.8))
        }
        for (index, note) in notes.enumerated() {
            let line = top + Self.legendLine * Double(legendLines + index) + 2.8
            drawing.text(note, at: (6, line))
        }
    }

    private static let frontColour = "#c8c8c8"
}
