import Foundation
import Probes
import Units

extension LogisticSettings {
    package func trainingMACs(of unit: CostInputs, _ work: UnitWork) -> Double {
        let sizes = unit.sizes
        let looks = Double(penalties.count) * sizes.validation * unit.forward
        let known = sizes.tested(unit.selection) * unit.forward
        let fits = expectedEvaluations(rows: sizes.training) * sizes.training * unit.both
        return known + unit.innerFolds * (fits + looks) + unit.refits * Self.firstEvaluations * sizes.fold * unit.both
    }

    package func work(of unit: CostInputs) -> UnitWork {
        let (folds, refit, sizes) = (unit.innerFolds, unit.refits, unit.sizes)
        let (width, classes) = (Double(unit.probe.outputWidth), Double(unit.probe.shape.classes))
        let searched = folds * expectedEvaluations(rows: sizes.training)
        let evaluations = searched + refit * Self.firstEvaluations
        let rows = searched * sizes.training + refit * Self.firstEvaluations * sizes.fold
        let looked = Double(penalties.count) * folds * sizes.validation + sizes.tested(unit.selection) + sizes.test
        var work = UnitWork()
        work.countScores(unit.probe, looked: looked, tested: sizes.test)
        work[.fullProducts] = (2 * rows + looked) * width * UnitWork.fill(classes) * classes
        work[.fullPacking] = (2 * rows + looked) * classes
        work[.readings] = rows * width
        work[.exponentials] = (rows + looked) * classes
        work[.softmaxRows] = rows + looked
        let fits = Double(penalties.count) * folds + refit
        work.countSearch(evaluations, fits: fits, width: width, classes: classes)
        // The moments that the preconditioner is made of.
        work[.fullProducts] += (folds + refit) * min(sizes.training, 16 * (width + 1)) * width * width
        return work
    }
}

extension UnitWork {
    /// What L-BFGS does between evaluations: a two-loop recursion, and its preconditioner, a decomposition per fit,
    /// applied twice.
    fileprivate mutating func countSearch(_ evaluations: Double, fits: Double, width: Double, classes: Double) {
        let (side, parameters) = (width + 1, (width + 1) * classes)
        self[.moves] += 100 * evaluations * parameters
        self[.doubleProducts] +=
            Self.triangles * (evaluations * 2 * side * parameters + fits * side * side * side / 6)
    }
}

extension LogisticSettings {
    /// Assumed evaluations of the objective for a fit on the whole fold, starting from the chosen fit.
    fileprivate static let firstEvaluations = 30.0

    /// Assumed evaluations of the objective for all penalties; the actual number depends on the data.
    ///
    /// A fit takes longer the weaker the penalty, C·n for the mean loss: from the origin it takes about 2.5·∛(C·n)
    /// evaluations, and a warm start from penalty to penalty 2.6·∛(C·n) for each factor of ten, but 65 at most, however
    /// finely penalties are spaced. Counted on four levels of MiniLM over WordNet's glosses.
    package func expectedEvaluations(rows: Double) -> Double {
        let weights = penalties.map { $0 * rows }
        guard let first = weights.min(), let last = weights.max(), first > 0 else { return Self.firstEvaluations }
        let (perDecade, most) = (2.6, 65.0)
        // The weight at which a decade takes `most`, and ∛w's integral over the decades before it.
        let turn = pow(most / perDecade, 3)
        let rising = 3 / log(10) * perDecade * (cbrt(max(first, min(last, turn))) - cbrt(first))
        let level = most * max(0, log10(last / max(first, turn)))
        return 2.5 * cbrt(first) + rising + level
    }
}
