/// What a cell of a pivot table shows.
package enum CellContent: String, CaseIterable, Sendable {
    case mean
    /// With half the 95 % interval over folds.
    case interval = "mean±ci"
    /// With the standard deviation over folds.
    case deviation = "mean±std"
    /// With trainable parameters in thousands, as probing papers set them.
    case parameters = "mean(params)"
    /// With GFLOPs of the forward pass per sample.
    case operations = "mean(gflops)"
}

extension PivotTable {
    /// What its cells show: one fold has neither an interval nor a deviation.
    func shown(_ content: CellContent) -> CellContent {
        folds.upperBound <= 1 && [.interval, .deviation].contains(content) ? .mean : content
    }
}

extension PivotTable.Cell {
    /// The figure: `75.1 ± 0.4`, `75.1 (1,383)`.
    func figure(_ content: CellContent) -> String {
        let (factor, decimals) = (DisplayName.factor(of: metric), DisplayName.decimals(of: metric))
        func number(_ value: Double?) -> String { NumberFormat.fixed(value.map { factor * $0 }, decimals) }
        let mean = number(row.estimate?.mean)
        let folds = row.isComplete ? "" : " [\(row.foldsDone)/\(row.folds.count)]"
        return
            switch content
        {
        case .mean: mean + folds
        case .interval: mean + " ± " + number(row.estimate?.halfWidth) + folds
        case .deviation: mean + " ± " + number(row.estimate?.deviation) + folds
        case .parameters: mean + " (" + NumberFormat.thousands(row.parameters) + ")" + folds
        case .operations:
            mean + " (" + NumberFormat.significant(row.knownReferenceMACs.map { _ in row.referenceGFLOPs }) + ")"
                + folds
        }
    }

    /// Letters of the marks that ask for caution.
    var signs: String { row.marks.map(\.kind).filter(\.isCaution).map(\.sign).joined() }
}

extension NumberFormat {
    /// A count in thousands: 1,383 for 1,383,400, and 0.8 for 769.
    static func thousands(_ count: Int) -> String {
        if count == 0 { return "0" }
        if count < 10_000 { return fixed(Double(count) / 1000, 1) }
        let digits = "\(Int((Double(count) / 1000).rounded()))"
        return String(
            digits.reversed().enumerated().flatMap { index, digit in
                index > 0 && index % 3 == 0 ? [",", digit] : [digit]
            }.reversed())
    }
}
