/// The Bayesian correlated t-test: how likely the first probe is better, equal for all practical purposes, or worse.
///
/// The posterior of the mean difference is Student's t with n − 1 degrees of freedom about d̄, with the scale of the
/// corrected resampled test: √((1/n + ρ/(1 − ρ))·s²), ρ = 1/k (Corani and Benavoli, "A Bayesian approach for comparing
/// cross-validated algorithms on multiple data sets", Machine Learning 100, 2015; `two_on_single` of baycomp).
/// Differences within the region of practical equivalence ±r count as none. The three probabilities sum to 1.
package struct BayesianCorrelatedTest: Codable, Hashable, Sendable {
    /// P(mean difference > r).
    package let firstBetter: Double
    /// P(|mean difference| ≤ r).
    package let equivalent: Double
    /// P(mean difference < −r).
    package let secondBetter: Double

    /// - Parameters:
    ///   - differences: First minus second, fold by fold, of all repeats; positive where the first is better.
    ///   - folds: k.
    ///   - equivalence: r ≥ 0, in units of the metric.
    /// - Returns: Nil for fewer than two folds or differences. Without spread the posterior is a single point.
    package init?(_ differences: [Double], folds: Int, equivalence: Double) {
        precondition(equivalence >= 0, "A region of practical equivalence has a width, not \(equivalence).")
        guard let spread = CorrelatedSpread(differences, folds: folds) else { return nil }
        guard spread.standardError > 0 else {
            firstBetter = spread.mean > equivalence ? 1 : 0
            secondBetter = spread.mean < -equivalence ? 1 : 0
            equivalent = abs(spread.mean) <= equivalence ? 1 : 0
            return
        }
        let student = StudentDistribution(degreesOfFreedom: spread.degreesOfFreedom)
        firstBetter = student.cumulative((spread.mean - equivalence) / spread.standardError)
        secondBetter = student.cumulative((-spread.mean - equivalence) / spread.standardError)
        equivalent = max(0, 1 - firstBetter - secondBetter)
    }
}
