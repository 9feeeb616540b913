/// The size of a figure and what it is looked at on.
package struct FigureLayout: Hashable, Sendable {
    package enum Width: String, CaseIterable, Sendable {
        /// One of two columns, 3.5 inches.
        case column
        /// Both, 7 inches.
        case page

        /// In points.
        var points: Double {
            switch self {
            case .column: PlotPanel.width
            case .page: 2 * PlotPanel.width
            }
        }
    }

    package enum Style: String, CaseIterable, Sendable {
        /// Bright colours and a grid.
        case screen
        /// Dark colours that paper keeps apart, no grid.
        case print

        var colours: [String] {
            switch self {
            case .screen: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#666666"]
            case .print: ["#08306b", "#b04a00", "#00603c", "#7a2a6a", "#6b5600", "#2f7fa8", "#000000"]
            }
        }

        var hasGrid: Bool { self == .screen }
    }

    package var width: Width
    package var style: Style

    package init(width: Width = .page, style: Style = .screen) {
        self.width = width
        self.style = style
    }
}

/// Panels of one size in rows that fill a figure's width.
struct PanelRows {
    static let left = 40.0
    static let right = 6.0
    static let gap = 8.0
    /// Above a panel, for its title.
    static let titleHeight = 12.0
    /// Below a panel, for the labels of its ticks.
    static let tickHeight = 12.0
    private static let tallest = 150.0

    let columns: Int
    let panelWidth: Double
    let panelHeight: Double
    private let ownOrdinates: Bool

    /// - Parameters:
    ///   - most: the most panels that a row is to have.
    ///   - narrowest: panels are at least so wide.
    ///   - ownOrdinates: whether every panel has labels at its ordinate, and not only the first of a row.
    ///   - isTall: whether panels are as tall as they may be, however narrow.
    init(most: Int, narrowest: Double, ownOrdinates: Bool, isTall: Bool = false, layout: FigureLayout) {
        let room = layout.width.points - Self.right
        let margin = ownOrdinates ? Self.left : Self.gap
        let inRow = Int((room - (ownOrdinates ? 0 : Self.left - Self.gap)) / (narrowest + margin))
        columns = max(1, min(most, inRow))
        let taken = ownOrdinates ? margin * Double(columns) : Self.left + margin * Double(columns - 1)
        panelWidth = (room - taken) / Double(columns)
        panelHeight = isTall ? Self.tallest : min(Self.tallest, max(96, 0.8 * panelWidth))
        self.ownOrdinates = ownOrdinates
    }

    /// The panel's rectangle without its titles.
    func frame(column: Int, top: Double) -> Box {
        let left = Self.left + Double(column) * (panelWidth + (ownOrdinates ? Self.left : Self.gap))
        let upper = top + Self.titleHeight
        return Box(left: left, right: left + panelWidth, top: upper, bottom: upper + panelHeight)
    }
}

/// The axes of one panel of several.
struct PanelAxes {
    let frame: Box
    let x: PlotScale
    let y: PlotScale
    let style: FigureLayout.Style

    func draw(on drawing: inout Drawing, title: PanelTitle, labelsAbscissa: Bool, labelsOrdinate: Bool) {
        let size = Drawing.smallSize
        drawing.text(
            title.fitted(in: frame.right - frame.left, size: size), at: (frame.left, frame.top - 3.5), isBold: true,
            size: size)
        for tick in y.ticks {
            if style.hasGrid {
                drawing.line((frame.left, tick.position), (frame.right, tick.position), colour: "#e4e4e4", width: 0.4)
            }
            drawing.line((frame.left - 2, tick.position), (frame.left, tick.position), width: 0.5)
            if labelsOrdinate {
                drawing.text(tick.label, at: (frame.left - 3.5, tick.position + 2.2), anchor: .end, size: size)
            }
        }
        for tick in x.ticks {
            drawing.line((tick.position, frame.bottom), (tick.position, frame.bottom + 2), width: 0.5)
            if labelsAbscissa {
                drawing.text(tick.label, at: (tick.position, frame.bottom + 9), anchor: .middle, size: size)
            }
        }
        drawing.path(
            [(frame.left, frame.top), (frame.left, frame.bottom), (frame.right, frame.bottom)], width: 0.6)
        if let gap = x.gap { drawing.axisBreak(at: (gap, frame.bottom)) }
    }

    /// The task and its metric, beside the ordinate.
    func drawOrdinateTitle(on drawing: inout Drawing, _ lines: [String]) {
        let middle = (frame.top + frame.bottom) / 2
        for (index, line) in lines.enumerated() {
            let size = Drawing.smallSize
            let text = Drawing.fitted(line, in: frame.bottom - frame.top + 8, size: size, isBold: index == 0)
            drawing.text(
                text, at: (frame.left - 32 + 8 * Double(index), middle), anchor: .middle, isBold: index == 0,
                isUpright: true, size: size)
        }
    }

    /// The 95 % interval around a point.
    func drawInterval(on drawing: inout Drawing, of point: PlotSeries.Point, colour: String) {
        guard let half = point.halfWidth else { return }
        drawing.line((x(point.x), y(point.y - half)), (x(point.x), y(point.y + half)), colour: colour, width: 0.4)
    }
}
