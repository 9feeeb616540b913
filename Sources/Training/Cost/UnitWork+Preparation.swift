import Probes

extension CostInputs {
    /// Whether vectors are prepared before the probe reads them.
    var isPrepared: Bool { preparation != nil }

    fileprivate var preparation: (kind: Preparation, input: PooledInput)? {
        guard case .pooled(let input) = probe.reading, let kind = input.preparation else { return nil }
        return (kind, input)
    }
}

extension UnitWork {
    /// Fitting the preparation of vectors on every inner split and on the rows of the refit, and applying it to the rows
    /// that are read.
    mutating func countPreparation(_ unit: CostInputs) {
        guard let (kind, input) = unit.preparation else { return }
        let tokenWidth = unit.probe.shape.width
        let (gathered, width) = (Double(input.gatheredWidth(of: tokenWidth)), Double(input.width(of: tokenWidth)))
        let (fits, rows) = (unit.innerFolds + unit.refits, unit.sizes.fold)
        self[.moves] += fits * Double(unit.samples) * gathered
        guard kind.isProjection else { return }
        let side = min(gathered, rows)
        self[.doubleProducts] +=
            fits
            * (rows * gathered * side + Self.eigenvectors * side * side * side + Double(unit.samples) * gathered * width)
    }

    /// How many multiply–accumulates of large products the eigenvectors of a matrix take as long as, a row times a row
    /// times a row: 1.0 s at 768 rows.
    private static let eigenvectors = 25.0
}
