import Probes
import Units

/// Multiply–accumulates of ridge regression.
struct RidgeWork: Hashable, Sendable {
    /// D.
    let width: Double
    /// C.
    let outputs: Double

    init(width: Double, outputs: Double) {
        self.width = width
        self.outputs = outputs
    }

    /// Of XᵀX and XᵀY over some rows.
    func sums(rows: Double) -> Double { rows * width * (width + outputs) }

    /// Of one factorisation and the solution that follows from it.
    var solution: Double { width * width * (width / 6 + outputs) }
}

extension RidgeSettings {
    package func trainingMACs(of unit: CostInputs, _ work: UnitWork) -> Double {
        work[.doubleProducts] + Double(penalties.count) * unit.innerFolds * unit.sizes.validation * unit.forward
            + unit.sizes.tested(unit.selection) * unit.forward
    }

    package func work(of unit: CostInputs) -> UnitWork {
        let (folds, refit, sizes) = (unit.innerFolds, unit.refits, unit.sizes)
        let (width, outputs) = (Double(unit.probe.outputWidth), Double(unit.probe.shape.classes))
        let fits = RidgeWork(width: width, outputs: outputs)
        let isDirect = unit.shots != nil || unit.isPrepared
        let summed = isDirect ? folds * sizes.training + sizes.fold : folds * sizes.validation + sizes.test
        let solutions = Double(penalties.count) * folds + refit
        var work = UnitWork()
        work[.doubleProducts] = fits.sums(rows: summed) + UnitWork.triangles * solutions * fits.solution
        // Vectors are gathered as single numbers and widened.
        work[.readings] = 4 * summed * width
        let looked = Double(penalties.count) * folds * sizes.validation + sizes.tested(unit.selection) + sizes.test
        work[.fullProducts] = looked * width * UnitWork.fill(outputs) * outputs
        work[.fullPacking] = looked * outputs + (summed + folds * sizes.validation + sizes.test) * width
        work.countScores(unit.probe, looked: looked, tested: sizes.test)
        // Each solution has a matrix of its own, as the sums of the fold and of the inner split have.
        let read = folds * sizes.validation + sizes.test
        work[.touchedBytes] = 8 * (solutions + 2) * width * (width + outputs) + 4 * (looked * outputs + read * width)
        return work
    }
}
