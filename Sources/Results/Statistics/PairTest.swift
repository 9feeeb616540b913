/// Whether two of several entries differ, corrected for all pairs.
package struct PairTest: Codable, Hashable, Sendable {
    /// Indices of the entries.
    package let first: Int
    package let second: Int
    /// Mean of first minus second.
    package let difference: Double
    /// Half the width of the 95 % interval of the difference, without correction for other pairs; nil where the test
    /// gives none.
    package let halfWidth: Double?
    /// Two-sided.
    package let pValue: Double
    /// After Holm's correction for all pairs.
    package let correctedPValue: Double
    /// Whether the ranks of a test of ranks are on the first's side, which its mean need not be; nil for a test of means.
    package var ranksFavourFirst: Bool? = nil

    /// The level of all tests of ranks together.
    package static let level = 0.05

    /// Whether the entries differ at ``level``.
    package var isResolved: Bool { Self.isResolved(correctedPValue) }

    /// The one rule of all comparisons: a p-value at the level does not tell apart.
    static func isResolved(_ correctedPValue: Double) -> Bool { correctedPValue < level }

    /// Whether an entry is the one found to be better, false where nothing is found.
    func favours(_ entry: Int) -> Bool {
        isResolved && (ranksFavourFirst ?? (difference > 0) ? first : second) == entry
    }

    /// Every pair of entries over the same folds of one task, by the corrected resampled t-test.
    ///
    /// - Parameters:
    ///   - scores: `[entries][folds]`, more is better.
    ///   - folds: k.
    /// - Returns: Nil for a single fold.
    static func overFolds(_ scores: [[Double]], folds: Int) -> [PairTest]? {
        corrected(scores) { differences in
            CorrectedResampledTest(differences, folds: folds).map {
                Finding(difference: $0.difference, halfWidth: $0.halfWidth, pValue: $0.pValue)
            }
        }
    }

    /// Every pair of entries over independent tasks, by Wilcoxon's signed-rank test.
    ///
    /// - Parameter scores: `[entries][tasks]`, more is better.
    static func overTasks(_ scores: [[Double]]) -> [PairTest] {
        corrected(scores) { differences in
            let mean = differences.reduce(0, +) / Double(max(1, differences.count))
            let test = WilcoxonTest(differences)
            return Finding(
                difference: mean, pValue: test.pValue, ranksFavourFirst: test.positiveRanks > test.negativeRanks)
        } ?? []
    }

    /// What the differences of one pair say.
    private struct Finding {
        var difference: Double
        var halfWidth: Double?
        var pValue: Double
        var ranksFavourFirst: Bool?
    }

    private static func corrected(_ scores: [[Double]], _ test: ([Double]) -> Finding?) -> [PairTest]? {
        let pairs = scores.indices.flatMap { first in scores.indices[(first + 1)...].map { (first, $0) } }
        let tests = pairs.compactMap { first, second in test(zip(scores[first], scores[second]).map { $0 - $1 }) }
        guard tests.count == pairs.count else { return nil }
        let corrected = holmCorrected(tests.map(\.pValue))
        return pairs.indices.map {
            PairTest(
                first: pairs[$0].0, second: pairs[$0].1, difference: tests[$0].difference,
                halfWidth: tests[$0].halfWidth, pValue: tests[$0].pValue, correctedPValue: corrected[$0],
                ranksFavourFirst: tests[$0].ranksFavourFirst)
        }
    }
}
