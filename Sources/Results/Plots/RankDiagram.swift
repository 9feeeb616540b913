import Foundation

/// One critical-difference diagram.
struct RankDiagram {
    private static let lineHeight = 9.5
    private static let barHeight = 5.0
    /// Of the axis, from the diagram's upper edge.
    private static let axisOffset = 58.0

    let width: Double
    private let title: String
    private let ranks: [Double]
    /// The lines of each row's label.
    private let labels: [[String]]
    private let criticalDifference: Double
    /// Ranges of rows, best first, that do not differ; only those that no other contains.
    private let groups: [ClosedRange<Int>]
    /// The axis from rank 1 to rank k.
    private let axis: ClosedRange<Double>

    init(_ comparison: RankComparison) {
        ranks = comparison.rows.map(\.meanRank)
        criticalDifference = comparison.criticalDifference
        title = (comparison.scope.isEmpty ? "" : comparison.scope + ", ") + "over \(comparison.tasks.count) tasks"
        let names = comparison.rows.map(\.name).withoutSharedParts.enumerated().map { index, name in
            "\(name) (\(NumberFormat.fixed(comparison.rows[index].meanRank, 2)))"
        }
        (labels, width) = Self.layout(names)
        let widest = labels.joined().map(Drawing.width).max() ?? 0
        let margin = min(widest + 14, width / 2 - 22)
        axis = margin...width - margin
        groups = Self.groups(ranks, criticalDifference)
    }

    /// In one line where a column has room for it, else broken at commas, else in one line over the width of a page.
    private static func layout(_ names: [String]) -> (labels: [[String]], width: Double) {
        let broken = names.map { $0.components(separatedBy: ", ") }
        for labels in [names.map { [$0] }, broken] {
            let widest = labels.joined().map(Drawing.width).max() ?? 0
            if 2 * (widest + 14) + 44 <= PlotPanel.width { return (labels, PlotPanel.width) }
        }
        return (names.map { [$0] }, 2 * PlotPanel.width + 12)
    }

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

    private var labelHeight: Double { Self.lineHeight * Double(labels.map(\.count).max() ?? 1) + 2.5 }
    private var labelTop: Double { Self.axisOffset + 14 + Self.barHeight * Double(groups.count) }
    var height: Double { labelTop + labelHeight * Double((ranks.count + 1) / 2) + 4 }

    private func position(_ rank: Double) -> Double {
        let share = (rank - 1) / Double(max(1, ranks.count - 1))
        return axis.lowerBound + share * (axis.upperBound - axis.lowerBound)
    }

    /// Draws the diagram with its upper edge at `top`.
    func draw(on drawing: inout Drawing, top: Double) {
        drawing.text(Drawing.fitted(title, in: width - 12), at: (6, top + 8), isBold: true)
        drawAxis(on: &drawing, top)
        for (index, group) in groups.enumerated() {
            let line = top + Self.axisOffset + 8 + Self.barHeight * Double(index)
            drawing.line(
                (position(ranks[group.lowerBound]) - 2, line), (position(ranks[group.upperBound]) + 2, line), width: 2.4
            )
        }
        for index in ranks.indices { drawLabel(index, on: &drawing, top) }
    }

    private func drawAxis(on drawing: inout Drawing, _ top: Double) {
        let scale = (axis.upperBound - axis.lowerBound) / Double(max(1, ranks.count - 1))
        let (start, line) = (axis.lowerBound, top + 30)
        let end = min(start + criticalDifference * scale, width - 6)
        drawing.line((start, line), (end, line), width: 1.2)
        for tip in [start, end] { drawing.line((tip, line - 3), (tip, line + 3), width: 1.2) }
        drawing.text("critical difference \(NumberFormat.fixed(criticalDifference, 2))", at: (start, line - 6))
        let axisLine = top + Self.axisOffset
        drawing.line((axis.lowerBound, axisLine), (axis.upperBound, axisLine), width: 0.9)
        let every = max(1, Int(((Drawing.width(of: "\(ranks.count)") + 4) / scale).rounded(.up)))
        for rank in stride(from: 1, through: ranks.count, by: every) {
            drawing.line((position(Double(rank)), axisLine - 4), (position(Double(rank)), axisLine), width: 0.9)
            drawing.text("\(rank)", at: (position(Double(rank)), axisLine - 7), anchor: .middle)
        }
    }

    /// The better half on the left, best on top; the others on the right, worst on top, so that no two lines cross.
    private func drawLabel(_ index: Int, on drawing: inout Drawing, _ top: Double) {
        let half = (ranks.count + 1) / 2
        let isLeft = index < half
        let line = top + labelTop + labelHeight * (Double(isLeft ? index : ranks.count - 1 - index) + 0.5)
        let margin = axis.lowerBound - 6
        let end = isLeft ? margin : width - margin
        let x = position(ranks[index])
        drawing.path([(x, top + Self.axisOffset), (x, line), (end, line)], width: 0.7)
        let first = line + 2.8 - Self.lineHeight * Double(labels[index].count - 1) / 2
        for (number, text) in labels[index].enumerated() {
            drawing.text(
                Drawing.fitted(text, in: margin - 4),
                at: (isLeft ? end - 3 : end + 3, first + Self.lineHeight * Double(number)),
                anchor: isLeft ? .end : .start)
        }
    }
}
