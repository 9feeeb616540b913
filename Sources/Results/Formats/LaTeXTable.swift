import Identities

/// A `tabular` for the packages booktabs and graphicx, set smaller where it would be wider than the line.
struct LaTeXTable {
    /// Columns, as `tabular` wants them: `lrr`.
    let specification: String
    /// The lines above the rule, in LaTeX.
    let head: [String]
    /// The lines below it.
    let body: [String]
    /// The text of every cell, as a reader sees it: what its width is estimated from.
    let texts: [[String]]

    /// Which packages a document needs for it.
    static let packages = "% packages: booktabs, graphicx"

    var lines: [String] {
        [
            #"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"#, "\\begin{tabular}{\(specification)}",
            "\\toprule",
        ] + head + ["\\midrule"] + body + ["\\bottomrule", "\\end{tabular}}"]
    }

    /// The same outside of a float, where a paragraph would be indented.
    var paragraph: [String] {
        let lines = lines
        return ["\\noindent" + lines[0]] + lines.dropFirst()
    }
}

extension LaTeXTable {
    /// The line of the class article, in points, and the size of its letters.
    static let line = 345.0
    private static let size = 10.0
    /// Space on both sides of a column.
    private static let gap = 12.0
    /// Smaller letters than these cannot be read in print.
    private static let smallest = 5.0
    /// The line of a document of the table alone, which is set across the page if need be: the longer side of A4 without
    /// margins of 2 cm.
    private static let longLine = 731.0

    /// In points, estimated from the widths of another typeface.
    var naturalWidth: Double {
        let columns = texts.map(\.count).max() ?? 0
        return (0..<columns).reduce(0) { total, column in
            let widths = texts.map { $0.count > column ? FontMetrics.width(of: $0[column], size: Self.size) : 0 }
            return total + (widths.max() ?? 0) + Self.gap
        }
    }

    /// Whether it is wider than the line of an article.
    var isWide: Bool { naturalWidth > Self.line }

    /// What to tell whoever sets it: that its letters will be too small; nil where they can be read.
    ///
    /// - Parameters:
    ///   - title: of the table.
    ///   - isAcross: whether it is set across the page.
    ///   - remedy: how to make it narrower.
    func warning(_ title: String, isAcross: Bool = false, remedy: String) -> String? {
        let line = isAcross ? Self.longLine : Self.line
        let letters = Self.size * line / naturalWidth
        guard letters < Self.smallest else { return nil }
        return "LaTeX: “\(title)” is about \(NumberFormat.fixed(naturalWidth / line, 1)) times as wide as the "
            + "\(isAcross ? "page" : "line of an article"), and is set to fit, in letters of "
            + "\(NumberFormat.fixed(letters, 1)) points. \(remedy)"
    }
}
