import Foundation

/// The critical-difference diagram (Demšar 2006): rows on an axis of mean ranks, best on the left, and a bar over every
/// set of neighbours whose ranks differ by less than Nemenyi's critical difference.
package enum CriticalDifferencePlot {
    /// One diagram for each comparison, below one another, as SVG.
    ///
    /// A column wide; the width of a page where names need it. What all names share is left out. Labels stand one below
    /// the other on both sides, so they never collide.
    package static func svg(_ comparisons: [RankComparison]) -> String {
        let diagrams = comparisons.map(RankDiagram.init)
        var drawing = Drawing()
        var top = 4.0
        for diagram in diagrams {
            diagram.draw(on: &drawing, top: top)
            top += diagram.height + 10
        }
        return drawing.svg(width: diagrams.map(\.width).max() ?? PlotPanel.width, height: top)
    }
}
