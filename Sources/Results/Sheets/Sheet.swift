/// A titled table of texts with the notes below it, for documents that set tables in a way of their own.
package struct Sheet: Hashable, Sendable {
    package struct Column: Hashable, Sendable {
        package let title: String
        package let isNumber: Bool

        static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }
        static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
    }

    package let title: String
    package let columns: [Column]
    package let rows: [[String]]
    package var notes: [String] = []
    /// The column whose cells name the rows.
    package var naming = 0
}

extension Sheet {
    init(_ grid: Grid, notes: [String] = [], naming: String? = nil) {
        title = grid.title
        columns = grid.columns.map { Column(title: $0.title, isNumber: !$0.isLeft) }
        rows = grid.rows
        self.notes = notes
        self.naming = naming.flatMap { name in grid.columns.firstIndex { $0.title == name } } ?? 0
    }
}

/// Writes scores of a metric as papers do: shares as percentages with one decimal, other figures with three.
struct ScoreText {
    private let factor: Double
    private let decimals: Int

    init(of metric: String) {
        factor = DisplayName.factor(of: metric)
        decimals = DisplayName.decimals(of: metric)
    }

    /// `86.1`, or `86.1 ± 3.6`.
    func text(_ value: Double?, halfWidth: Double? = nil) -> String {
        NumberFormat.fixed(value.map { factor * $0 }, decimals)
            + (halfWidth.map { " ± " + NumberFormat.fixed(factor * $0, decimals) } ?? "")
    }

    func text(_ estimate: FoldEstimate?) -> String { text(estimate?.mean, halfWidth: estimate?.halfWidth) }

    /// With its sign.
    func difference(_ value: Double, halfWidth: Double?) -> String {
        (value < 0 ? "−" : "+") + text(abs(value), halfWidth: halfWidth)
    }
}
