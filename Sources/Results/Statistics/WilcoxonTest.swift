/// Wilcoxon's signed-rank test of whether paired differences lie about 0. For values over tasks, which are independent;
/// folds of one task are not.
///
/// Differences of 0 are dropped (Wilcoxon's own rule, SciPy's `zero_method="wilcox"`); equal sizes share the mean of
/// their ranks. Up to 25 differences the distribution is exact, over all 2ⁿ signs of these very ranks, ties included;
/// above it is normal with the variance corrected for ties, without correction for continuity.
package struct WilcoxonTest: Codable, Hashable, Sendable {
    /// The sum of the ranks of the positive differences.
    package let positiveRanks: Double
    /// The sum of the ranks of the negative differences.
    package let negativeRanks: Double
    /// Differences that are not 0.
    package let count: Int
    /// Two-sided; 1 where every difference is 0.
    package let pValue: Double

    /// The most differences for which the distribution is exact.
    package static let exactCount = 25

    package init(_ differences: [Double]) {
        let differences = differences.filter { $0 != 0 }
        let ranks = averageRanks(differences.map(abs))
        positiveRanks = zip(differences, ranks).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : 0) }
        negativeRanks = ranks.reduce(0, +) - positiveRanks
        count = differences.count
        pValue =
            differences.isEmpty
            ? 1
            : differences.count <= Self.exactCount
                ? Self.exactValue(ranks, positiveRanks) : Self.normalValue(ranks, positiveRanks)
    }

    /// Counts the signs whose sum is as far out, by dynamic programming over twice the ranks, which are integers.
    private static func exactValue(_ ranks: [Double], _ sum: Double) -> Double {
        let doubled = ranks.map { Int(2 * $0) }
        var ways = [Double](repeating: 0, count: doubled.reduce(0, +) + 1)
        ways[0] = 1
        for rank in doubled {
            for total in stride(from: ways.count - 1, through: rank, by: -1) { ways[total] += ways[total - rank] }
        }
        let reached = Int(2 * sum)
        let all = ways.reduce(0, +)
        let tail = min(ways[...reached].reduce(0, +), ways[reached...].reduce(0, +))
        return min(1, 2 * tail / all)
    }

    private static func normalValue(_ ranks: [Double], _ sum: Double) -> Double {
        let count = Double(ranks.count)
        let variance = (count * (count + 1) * (2 * count + 1) - tieTerm(ranks) / 2) / 24
        let z = (sum - count * (count + 1) / 4) / variance.squareRoot()
        return 2 * NormalDistribution.cumulative(-abs(z))
    }
}

/// Ranks from 1, the smallest value first; equal values share the mean of their ranks.
func averageRanks(_ values: [Double]) -> [Double] {
    values.map { own in
        let (below, equal) = (values.count { $0 < own }, values.count { $0 == own })
        return Double(below) + Double(equal + 1) / 2
    }
}

/// Σ (t³ − t) over the sets of t equal ranks.
func tieTerm(_ ranks: [Double]) -> Double {
    Dictionary(grouping: ranks) { $0 }.values.reduce(0) { sum, ties in
        let count = Double(ties.count)
        return sum + (count * count * count - count)
    }
}
