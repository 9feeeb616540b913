import Foundation
import Testing

@testable import Results

@Suite("Statistics of comparisons")
struct StatisticsTests {
    struct Reference: Decodable {
        struct Corrected: Decodable {
            let name: String, differences: [Double], folds: Int, t, degrees, p, halfWidth: Double
        }
        struct Bayesian: Decodable {
            let name: String, differences: [Double], folds: Int, rope, first, same, second: Double
        }
        struct Wilcoxon: Decodable { let name: String, differences: [Double], positive, p: Double }
        struct Friedman: Decodable {
            let name: String, scores: [[Double]], meanRanks: [Double], statistic, p: Double, pairs: [[Double]]
            let criticalDifference: Double
        }
        struct Range: Decodable { let variables: Int, q, cumulative: Double }
        struct ChiSquared: Decodable { let degrees, x, tail: Double }
        struct Holm: Decodable { let given, corrected: [Double] }
        struct Percentile: Decodable { let values: [Double], draws: [[Int]], interval: [Double] }
        struct Best: Decodable {
            let name: String, values: [[Double]], greater: Bool, row: Int, naive, corrected: Double
            let interval, chosen: [Double]
        }
        struct Pareto: Decodable { let name: String, costs: [Double], values: [[Double]], share: [Double] }
        let corrected: [Corrected], bayesian: [Bayesian], wilcoxon: [Wilcoxon], friedman: [Friedman]
        let ranges: [Range], chiSquared: [ChiSquared], holm: [Holm], percentile: Percentile
        let bestOfMany: [Best], pareto: [Pareto]
    }

    static func reference() throws -> Reference { try Fixture.read("comparisons", as: Reference.self) }

    private func expect(
        _ value: Double?, _ expected: Double, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            abs((value ?? .nan) - expected) <= 1e-9 * max(1, abs(expected)),
            "\(name): \(value ?? .nan), not \(expected)",
            sourceLocation: sourceLocation)
    }

    struct CorrectR: Decodable { let name: String, folds: Int, first, second: [Double], t, p: Double }

    @Test("agree with correctR's test for folds, once or repeated")
    func correctR() throws {
        for expected in try Fixture.read("correctr", as: [CorrectR].self) {
            let differences = zip(expected.first, expected.second).map { $0 - $1 }
            let test = try #require(CorrectedResampledTest(differences, folds: expected.folds))
            expect(test.statistic, expected.t, expected.name)
            expect(test.pValue, expected.p, expected.name)
        }
    }

    @Test("agree with SciPy's t-test with the corrected variance, and its interval")
    func corrected() throws {
        for expected in try Self.reference().corrected {
            let test = try #require(CorrectedResampledTest(expected.differences, folds: expected.folds))
            expect(test.statistic, expected.t, expected.name)
            expect(test.degreesOfFreedom, expected.degrees, expected.name)
            expect(test.pValue, expected.p, expected.name)
            expect(test.halfWidth, expected.halfWidth, expected.name)
        }
    }

    @Test("agree with baycomp's Bayesian correlated t-test")
    func bayesian() throws {
        for expected in try Self.reference().bayesian {
            let test = try #require(
                BayesianCorrelatedTest(expected.differences, folds: expected.folds, equivalence: expected.rope))
            expect(test.firstBetter, expected.first, expected.name)
            expect(test.equivalent, expected.same, expected.name)
            expect(test.secondBetter, expected.second, expected.name)
        }
    }

    @Test("handle differences without spread, and reject a single fold")
    func degenerate() throws {
        let equal = try #require(CorrectedResampledTest([0.1, 0.1, 0.1], folds: 3))
        #expect(equal.pValue == 0 && equal.statistic == nil && equal.halfWidth == 0)
        #expect(CorrectedResampledTest([0, 0], folds: 2)?.pValue == 1)
        #expect(BayesianCorrelatedTest([0.1, 0.1], folds: 2, equivalence: 0.05)?.firstBetter == 1)
        #expect(BayesianCorrelatedTest([0.1, 0.1], folds: 2, equivalence: 0.2)?.equivalent == 1)
        #expect(CorrectedResampledTest([0.1], folds: 5) == nil)
        #expect(BayesianCorrelatedTest([0.1, 0.2], folds: 1, equivalence: 0) == nil)
        #expect(WilcoxonTest([0, 0]).pValue == 1)
        #expect(FriedmanTest([[1, 1], [1, 1]])?.pValue == 1)
    }

    @Test("agree with SciPy's Wilcoxon test, and with the enumeration of all signs for ties")
    func wilcoxon() throws {
        for expected in try Self.reference().wilcoxon {
            let test = WilcoxonTest(expected.differences)
            expect(test.positiveRanks, expected.positive, expected.name)
            expect(test.pValue, expected.p, expected.name)
        }
    }

    @Test("agree with SciPy's Friedman test and scikit-posthocs' Nemenyi test")
    func friedman() throws {
        for expected in try Self.reference().friedman {
            let test = try #require(FriedmanTest(expected.scores))
            for (rank, value) in zip(test.meanRanks, expected.meanRanks) { expect(rank, value, expected.name) }
            expect(test.statistic, expected.statistic, expected.name)
            expect(test.pValue, expected.p, expected.name)
            expect(test.criticalDifference(), expected.criticalDifference, expected.name)
            for first in expected.pairs.indices {
                for second in expected.pairs.indices where second != first {
                    expect(test.pairValue(first, second), expected.pairs[first][second], expected.name)
                }
            }
        }
    }

    @Test("use distributions that agree with SciPy")
    func distributions() throws {
        let reference = try Self.reference()
        for expected in reference.ranges {
            let range = NormalRangeDistribution(variables: expected.variables)
            expect(range.cumulative(expected.q), expected.cumulative, "range of \(expected.variables)")
        }
        for expected in reference.chiSquared {
            let tail = ChiSquaredDistribution(degreesOfFreedom: expected.degrees).upperTail(expected.x)
            #expect(abs(tail - expected.tail) <= 1e-12 * max(expected.tail, 1e-6), "χ² \(expected.degrees)")
        }
    }

    @Test("agree with statsmodels' Holm correction")
    func holm() throws {
        for expected in try Self.reference().holm {
            for (value, other) in zip(holmCorrected(expected.given), expected.corrected) {
                expect(value, other, "Holm")
            }
        }
        #expect(holmCorrected([]).isEmpty)
    }

    @Test("agree with NumPy's percentiles over given draws")
    func percentile() throws {
        let expected = try Self.reference().percentile
        let interval = Resamples(draws: expected.draws).interval { mean(of: expected.values, at: $0) }
        expect(interval?.lowerBound, expected.interval[0], "lower")
        expect(interval?.upperBound, expected.interval[1], "upper")
    }

    /// Every one of the nⁿ bootstrap samples of n cases.
    private func everyDraw(of cases: Int) -> Resamples {
        Resamples(
            draws: (0..<cases).reduce([[]]) { draws, _ in draws.flatMap { draw in (0..<cases).map { draw + [$0] } } })
    }

    @Test("correct the best of many as NumPy over every bootstrap sample")
    func bestOfMany() throws {
        for expected in try Self.reference().bestOfMany {
            let best = try #require(
                BestOfMany(
                    expected.values, greaterIsBetter: expected.greater, everyDraw(of: expected.values[0].count)))
            #expect(best.row == expected.row)
            expect(best.naive, expected.naive, expected.name)
            expect(best.corrected, expected.corrected, expected.name)
            expect(best.interval.lowerBound, expected.interval[0], expected.name)
            expect(best.interval.upperBound, expected.interval[1], expected.name)
            for (share, other) in zip(best.chosenShare, expected.chosen) { expect(share, other, expected.name) }
        }
    }

    @Test("give the share of bootstrap samples on the Pareto front as NumPy over every one")
    func pareto() throws {
        for expected in try Self.reference().pareto {
            let scores = everyDraw(of: expected.values[0].count).draws.map { draw in
                expected.values.map { mean(of: $0, at: draw) }
            }
            let shares = paretoMembership(costs: expected.costs, scores: scores, greaterIsBetter: true)
            for (share, other) in zip(shares, expected.share) { expect(share, other, expected.name) }
        }
    }

    @Test("draw the same resamples for the same seed, each position from all cases", arguments: [1, 2, 7])
    func draws(_ cases: Int) {
        let (first, again) = (Resamples(count: 400, of: cases, seed: 3), Resamples(count: 400, of: cases, seed: 3))
        #expect(first.draws == again.draws)
        #expect(Resamples(count: 10, of: cases, seed: 3).draws == Array(first.draws.prefix(10)))
        #expect(Set(first.draws.flatMap { $0 }) == Set(0..<cases))
        #expect(cases == 1 || Resamples(count: 400, of: cases, seed: 4).draws != first.draws)
    }

    @Test("remove the bias of choosing among equal rows", arguments: 0..<5 as Range<UInt64>)
    func bias(_ seed: UInt64) throws {
        var generator = Shuffler(state: seed &+ 17)
        let values = (0..<20).map { _ in (0..<10).map { _ in Double.random(in: 0...1, using: &generator) } }
        let best = try #require(
            BestOfMany(values, greaterIsBetter: true, Resamples(count: 500, of: 10, seed: seed)))
        #expect(best.corrected < best.naive)
    }
}
