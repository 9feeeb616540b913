import Foundation

/// The critical-difference diagram (Demšar 2006): rows on an axis of mean ranks, best on the left, and a bar over every
/// set of neighbours whose ranks differ by less than Nemenyi's critical difference.
public enum CriticalDifferencePlot {
    /// The diagram as SVG, a column wide; the width of a page where names need it.
    ///
    /// What all names share is left out. Labels stand one below the other on both sides, so they never collide.
    public static func svg(_ comparison: RankComparison) -> String {
        let diagram = Diagram(comparison)
        var drawing = Drawing()
        diagram.draw(on: &drawing)
        return drawing.svg(width: diagram.width, height: diagram.height)
    }
}

private struct Diagram {
    private static let labelLine = 12.0
    private static let barLine = 5.0
    private static let axisPlace = 44.0

    let ranks: [Double]
    let names: [String]
    let criticalDifference: Double
    /// Ranges of rows, best first, that do not differ; only those that no other contains.
    let groups: [ClosedRange<Int>]
    let width: Double
    /// The axis from rank 1 to rank k.
    private let axis: ClosedRange<Double>

    init(_ comparison: RankComparison) {
        ranks = comparison.rows.map(\.meanRank)
        criticalDifference = comparison.criticalDifference
        names = comparison.rows.map(\.name).withoutSharedParts.enumerated().map { index, name in
            "\(name) (\(Display.fixed(comparison.rows[index].meanRank, 2)))"
        }
        let widest = names.map(Drawing.width).max() ?? 0
        width = widest + 30 <= PlotPanel.width / 2 ? PlotPanel.width : 2 * PlotPanel.width + 12
        let margin = min(widest + 16, width / 2 - 40)
        axis = margin...width - margin
        groups = Self.groups(ranks, criticalDifference)
    }

    private var labelTop: Double { Self.axisPlace + 14 + Self.barLine * Double(groups.count) }
    var height: Double { labelTop + Self.labelLine * Double((ranks.count + 1) / 2) + 4 }

    private static func groups(_ ranks: [Double], _ difference: Double) -> [ClosedRange<Int>] {
        var groups: [ClosedRange<Int>] = []
        for first in ranks.indices {
            guard let last = ranks.indices.last(where: { ranks[$0] - ranks[first] < difference }), last > first else {
                continue
            }
            if groups.last.map({ last > $0.upperBound }) ?? true { groups.append(first...last) }
        }
        return groups
    }

    private func place(_ rank: Double) -> Double {
        let share = (rank - 1) / Double(max(1, ranks.count - 1))
        return axis.lowerBound + share * (axis.upperBound - axis.lowerBound)
    }

    func draw(on drawing: inout Drawing) {
        drawAxis(on: &drawing)
        for (index, group) in groups.enumerated() {
            let line = Self.axisPlace + 8 + Self.barLine * Double(index)
            drawing.line(
                (place(ranks[group.lowerBound]) - 2, line), (place(ranks[group.upperBound]) + 2, line), width: 2.4)
        }
        for index in ranks.indices { drawLabel(index, on: &drawing) }
    }

    private func drawAxis(on drawing: inout Drawing) {
        let end =
            axis.lowerBound + criticalDifference / Double(max(1, ranks.count - 1)) * (axis.upperBound - axis.lowerBound)
        drawing.line((axis.lowerBound, 16), (end, 16), width: 1.2)
        for tip in [axis.lowerBound, end] { drawing.line((tip, 13), (tip, 19), width: 1.2) }
        drawing.text("critical difference \(Display.fixed(criticalDifference, 2))", at: (axis.lowerBound, 10))
        drawing.line((axis.lowerBound, Self.axisPlace), (axis.upperBound, Self.axisPlace), width: 0.9)
        let room = Drawing.width(of: "\(ranks.count)") + 4
        let every = max(1, Int((room * Double(ranks.count) / (axis.upperBound - axis.lowerBound)).rounded(.up)))
        for rank in stride(from: 1, through: ranks.count, by: every) {
            drawing.line((place(Double(rank)), Self.axisPlace - 4), (place(Double(rank)), Self.axisPlace), width: 0.9)
            drawing.text("\(rank)", at: (place(Double(rank)), Self.axisPlace - 7), anchor: .middle)
        }
    }

    /// The better half on the left, best on top; the others on the right, worst on top, so that no two lines cross.
    private func drawLabel(_ index: Int, on drawing: inout Drawing) {
        let half = (ranks.count + 1) / 2
        let isLeft = index < half
        let line = labelTop + Self.labelLine * (Double(isLeft ? index : ranks.count - 1 - index) + 0.5)
        let margin = axis.lowerBound - 6
        let end = isLeft ? margin : width - margin
        let x = place(ranks[index])
        drawing.path([(x, Self.axisPlace), (x, line), (end, line)], width: 0.7)
        drawing.text(
            Drawing.fitted(names[index], in: margin - 4), at: (isLeft ? end - 3 : end + 3, line + 2.8),
            anchor: isLeft ? .end : .start)
    }
}
