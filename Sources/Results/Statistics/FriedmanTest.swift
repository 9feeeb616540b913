/// Friedman's test of whether probes differ over several tasks, with Nemenyi's critical difference of mean ranks
/// (Demšar, "Statistical comparisons of classifiers over multiple data sets", JMLR 7, 2006).
package struct FriedmanTest: Codable, Hashable, Sendable {
    /// The mean over tasks of each probe's rank; 1 is best, ties share the mean of their ranks.
    package private(set) var meanRanks: [Double]
    /// N.
    package let tasks: Int
    /// χ²_F = (12/(N·k·(k+1))·Σ R_j² − 3N(k+1)) / c, R_j the sum of probe j's ranks and
    /// c = 1 − Σ(t³ − t)/(N·k·(k² − 1)) over ties; nil where all probes tie on every task.
    package let statistic: Double?
    /// Upper tail of χ² with k − 1 degrees of freedom; 1 where all tie.
    package let pValue: Double

    /// - Parameter scores: `[k][N]`, more is better.
    /// - Returns: Nil for fewer than two probes or tasks.
    package init?(_ scores: [[Double]]) {
        guard scores.count > 1, let tasks = scores.first?.count, tasks > 1 else { return nil }
        precondition(scores.allSatisfy { $0.count == tasks }, "Every probe has a score for every task.")
        let (k, count) = (Double(scores.count), Double(tasks))
        let ranks = (0..<tasks).map { task in averageRanks(scores.map { -$0[task] }) }
        let sums = scores.indices.map { probe in ranks.reduce(0) { $0 + $1[probe] } }
        let correction = 1 - ranks.reduce(0) { $0 + tieTerm($1) } / (count * k * (k * k - 1))
        self.tasks = tasks
        meanRanks = sums.map { $0 / count }
        guard correction > 0 else {
            (statistic, pValue) = (nil, 1)
            return
        }
        let squares = sums.reduce(0) { $0 + $1 * $1 }
        let value = (12 / (count * k * (k + 1)) * squares - 3 * count * (k + 1)) / correction
        statistic = value
        pValue = ChiSquaredDistribution(degreesOfFreedom: k - 1).upperTail(value)
    }

    /// The same test with the probes in another order.
    func reordered(_ order: [Int]) -> FriedmanTest {
        var test = self
        test.meanRanks = order.map { meanRanks[$0] }
        return test
    }

    /// √(k·(k+1)/(6N)), the standard error of a difference of mean ranks.
    private var standardError: Double {
        let k = Double(meanRanks.count)
        return (k * (k + 1) / (6 * Double(tasks))).squareRoot()
    }

    /// Nemenyi's critical difference: two probes differ at level α if their mean ranks differ by at least
    /// q_α/√2·√(k(k+1)/(6N)), q_α the upper quantile of the range of k normal variables.
    package func criticalDifference(level: Double = 0.05) -> Double {
        let range = NormalRangeDistribution(variables: meanRanks.count)
        return range.quantile(1 - level) / 2.0.squareRoot() * standardError
    }

    /// Nemenyi's p-value of the difference between two probes, already corrected for all pairs.
    package func pairValue(_ first: Int, _ second: Int) -> Double {
        let distance = abs(meanRanks[first] - meanRanks[second]) / standardError * 2.0.squareRoot()
        return 1 - NormalRangeDistribution(variables: meanRanks.count).cumulative(distance)
    }
}
