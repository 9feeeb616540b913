/// Nadeau and Bengio's corrected resampled t-test of whether two probes differ over the same folds.
///
/// The training sets of folds overlap, so the differences d of n folds are correlated, and the plain paired t-test
/// rejects far too often. Here t = d̄ / √((1/n + n_test/n_train)·s²) with n − 1 degrees of freedom, n_test/n_train
/// being 1/(k − 1) for k folds, once or repeated ("Inference for the generalization error", Machine Learning 52, 2003;
/// `repkfold_ttest` of the R package correctR, for one repeat too).
package struct CorrectedResampledTest: Codable, Hashable, Sendable {
    /// d̄.
    package let difference: Double
    /// Half the width of the 95 % interval of the difference.
    package let halfWidth: Double
    /// t; nil where every fold has the same difference, so that there is no spread to measure it by.
    package let statistic: Double?
    package let degreesOfFreedom: Double
    /// Two-sided. Without spread 1 for no difference, else 0.
    package let pValue: Double

    /// - Parameters:
    ///   - differences: First minus second, fold by fold, of all repeats.
    ///   - folds: k.
    /// - Returns: Nil for fewer than two folds or differences.
    package init?(_ differences: [Double], folds: Int) {
        guard let spread = CorrelatedSpread(differences, folds: folds) else { return nil }
        let student = StudentDistribution(degreesOfFreedom: spread.degreesOfFreedom)
        difference = spread.mean
        degreesOfFreedom = spread.degreesOfFreedom
        halfWidth = StudentDistribution.quantile975(degreesOfFreedom: differences.count - 1) * spread.standardError
        statistic = spread.standardError > 0 ? spread.mean / spread.standardError : nil
        pValue = statistic.map { 2 * student.upperTail(abs($0)) } ?? (spread.mean == 0 ? 1 : 0)
    }
}

/// Mean and standard error of differences over folds whose training sets overlap.
struct CorrelatedSpread {
    let mean: Double
    /// √((1/n + 1/(k − 1))·s²).
    let standardError: Double
    /// n − 1.
    let degreesOfFreedom: Double

    init?(_ differences: [Double], folds: Int) {
        guard differences.count > 1, folds > 1 else { return nil }
        let count = Double(differences.count)
        // The first difference is taken out beforehand, so that equal differences have no spread to the last bit.
        let shifted = differences.map { $0 - differences[0] }
        let shift = shifted.reduce(0, +) / count
        let variance = shifted.reduce(0) { $0 + ($1 - shift) * ($1 - shift) } / (count - 1)
        mean = differences[0] + shift
        standardError = ((1 / count + 1 / Double(folds - 1)) * variance).squareRoot()
        degreesOfFreedom = count - 1
    }
}
