import Foundation

/// How likely one probe is better than another, equal for all practical purposes, or worse, on a task that was not seen:
/// a Bayesian hierarchical model of the differences on several tasks.
///
/// On task i the mean difference over folds is d_i ~ N(δ_i, s_i²), s_i the standard error of the corrected resampled test,
/// widened by √((n − 1)/(n − 3)) since it is estimated from n folds. The tasks' own differences are δ_i ~ N(δ₀, τ²), with a
/// flat prior of δ₀ and of τ. The model is that of Corani et al. ("Statistical comparison of classifiers through Bayesian
/// hierarchical modelling", Machine Learning 106, 2017) with a normal distribution between tasks in place of Student's t,
/// and standard errors in place of the folds' values: it needs no sampler, as δ₀ and δ_i are integrated in closed form and
/// τ on a grid (Gelman et al., Bayesian Data Analysis, section 5.4).
package struct HierarchicalTest: Codable, Hashable, Sendable {
    /// P(δ of a new task > r).
    package let firstBetter: Double
    /// P(|δ of a new task| ≤ r).
    package let equivalent: Double
    /// P(δ of a new task < −r).
    package let secondBetter: Double

    /// One task's mean difference and its standard error.
    struct Task: Hashable {
        let mean: Double
        let standardError: Double

        init(mean: Double, standardError: Double) {
            (self.mean, self.standardError) = (mean, standardError)
        }

        /// - Parameters:
        ///   - differences: Fold by fold, of all repeats.
        ///   - folds: k.
        init?(_ differences: [Double], folds: Int) {
            guard let spread = CorrelatedSpread(differences, folds: folds) else { return nil }
            let degrees = spread.degreesOfFreedom
            // The variance of Student's t, which is infinite up to two degrees of freedom.
            let widening = degrees > 2 ? (degrees / (degrees - 2)).squareRoot() : 3
            self.init(mean: spread.mean, standardError: widening * spread.standardError)
        }
    }

    /// Points of the grid of τ.
    private static let points = 400

    /// - Parameters:
    ///   - tasks: Independent ones, positive where the first is better.
    ///   - equivalence: r ≥ 0, in the units of the differences.
    /// - Returns: Nil for fewer than three tasks, with which the posterior of τ has no mean.
    init?(_ tasks: [Task], equivalence: Double) {
        guard tasks.count >= 3 else { return nil }
        let means = tasks.map(\.mean)
        let centre = means.reduce(0, +) / Double(means.count)
        let spread = means.map { abs($0 - centre) }.max() ?? 0
        let error = tasks.map(\.standardError).max() ?? 0
        let largest = 10 * max(spread, error, 1e-9)
        // A task without spread over folds would have all the weight.
        let variances = tasks.map { max($0.standardError * $0.standardError, largest * largest * 1e-12) }
        let grid = (0..<Self.points).map { index in
            Self.given(tau: largest * (Double(index) + 0.5) / Double(Self.points), means, variances)
        }
        let top = grid.map { $0.logWeight }.max() ?? 0
        var (better, worse, total) = (0.0, 0.0, 0.0)
        for point in grid {
            let weight = exp(point.logWeight - top)
            better += weight * NormalDistribution.cumulative((point.mean - equivalence) / point.deviation)
            worse += weight * NormalDistribution.cumulative((-equivalence - point.mean) / point.deviation)
            total += weight
        }
        firstBetter = better / total
        secondBetter = worse / total
        equivalent = max(0, 1 - firstBetter - secondBetter)
    }

    /// The difference on a new task if τ is known, and the posterior density of that τ.
    private static func given(
        tau: Double, _ means: [Double], _ variances: [Double]
    ) -> (mean: Double, deviation: Double, logWeight: Double) {
        let precisions = variances.map { 1 / ($0 + tau * tau) }
        let total = precisions.reduce(0, +)
        let mean = zip(means, precisions).reduce(0) { $0 + $1.0 * $1.1 } / total
        let logWeight = zip(means, precisions).reduce(-log(total) / 2) { sum, task in
            sum + log(task.1) / 2 - task.1 * (task.0 - mean) * (task.0 - mean) / 2
        }
        return (mean, (1 / total + tau * tau).squareRoot(), logWeight)
    }
}
