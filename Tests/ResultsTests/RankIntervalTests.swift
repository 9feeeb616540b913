import Foundation
import Testing

@testable import Results

@Suite("Rank intervals")
struct RankIntervalTests {
    @Test("follow the ranks over tasks, not the mean, which one task can turn round")
    func ranks() {
        let better = (0..<12).map { $0 == 0 ? 0.3 : 0.51 }, other = Array(repeating: 0.5, count: 12)
        let pair = PairTest.overTasks([better, other])
        #expect(pair.count == 1 && pair[0].isResolved && pair[0].difference < 0)
        #expect(pair[0].favours(0) && !pair[0].favours(1))
        #expect(RankIntervals(count: 2, pair).ranks == [1...1, 2...2])
        let turned = PairTest.overTasks([other, better])
        #expect(turned[0].favours(1) && RankIntervals(count: 2, turned).ranks == [2...2, 1...1])
    }

    /// Scores of entries with known means over folds or tasks.
    private struct Simulation {
        private var generator: Shuffler

        init(seed: UInt64) { generator = Shuffler(state: seed &* 0x9E37_79B9_7F4A_7C15 &+ 7) }

        /// About normal: a sum of twelve uniform numbers has variance 1.
        private mutating func noise() -> Double {
            (0..<12).reduce(0.0) { sum, _ in sum + Double.random(in: 0...1, using: &generator) } - 6
        }

        /// Folds of k-fold cross-validation correlate by 1/k, as the corrected test takes them to, and have an ease that
        /// all entries share.
        mutating func folds(_ truth: [Double], folds: Int) -> [[Double]] {
            let correlation = 1 / Double(folds)
            let ease = (0..<folds).map { _ in noise() }
            return truth.map { mean in
                let common = correlation.squareRoot() * noise()
                return ease.map { mean + $0 + common + (1 - correlation).squareRoot() * noise() }
            }
        }

        mutating func tasks(_ truth: [Double], tasks: Int) -> [[Double]] {
            let ease = (0..<tasks).map { _ in 3 * noise() }
            return truth.map { mean in ease.map { mean + $0 + noise() } }
        }
    }

    /// Whether every interval holds all ranks that the entry may have: those that tie may have several.
    private static func hold(_ intervals: RankIntervals, _ truth: [Double]) -> Bool {
        truth.indices.allSatisfy { index in
            let better = truth.count { $0 > truth[index] }
            let worse = truth.count { $0 < truth[index] }
            let ranks = intervals.ranks[index]
            return ranks.lowerBound <= 1 + better && ranks.upperBound >= truth.count - worse
        }
    }

    /// Three standard errors of a share of 1,000 below 0.95.
    private static let least = 950 - 3 * (1000 * 0.95 * 0.05).squareRoot()

    @Test(
        "hold all true ranks of a board at once in 95 % of 1,000 boards of one task",
        arguments: [[0, 0, 0, 0, 0], [0, 0, 2, 2, 4], [0, 0.5, 1, 1.5, 2]])
    func coverageOverFolds(_ truth: [Double]) throws {
        var (held, heldUncorrected, resolved) = (0, 0, 0)
        for seed in 0..<1000 {
            var simulation = Simulation(seed: UInt64(seed))
            let tests = try #require(PairTest.overFolds(simulation.folds(truth, folds: 5), folds: 5))
            held += Self.hold(RankIntervals(count: truth.count, tests), truth) ? 1 : 0
            let uncorrected = tests.map {
                PairTest(
                    first: $0.first, second: $0.second, difference: $0.difference, halfWidth: nil, pValue: $0.pValue,
                    correctedPValue: $0.pValue)
            }
            heldUncorrected += Self.hold(RankIntervals(count: truth.count, uncorrected), truth) ? 1 : 0
            resolved += tests.count(where: \.isResolved)
        }
        #expect(Double(held) >= Self.least)
        // Where all tie the tests without correction fail, so that the correction is what holds the coverage.
        if Set(truth).count == 1 { #expect(Double(heldUncorrected) < Self.least) }
        // Intervals that hold everything would be no use.
        if truth.contains(4) { #expect(resolved > 500) }
    }

    @Test(
        "hold all true ranks at once in 95 % of 1,000 boards of twelve tasks",
        arguments: [[0, 0, 0, 0], [0, 0, 1, 3]])
    func coverageOverTasks(_ truth: [Double]) {
        var (held, resolved) = (0, 0)
        for seed in 0..<1000 {
            var simulation = Simulation(seed: UInt64(seed))
            let tests = PairTest.overTasks(simulation.tasks(truth, tasks: 12))
            held += Self.hold(RankIntervals(count: truth.count, tests), truth) ? 1 : 0
            resolved += tests.count(where: \.isResolved)
        }
        #expect(Double(held) >= Self.least)
        if truth.contains(3) { #expect(resolved > 1000) }
    }

    private static func test(_ first: Int, _ second: Int, _ pValue: Double) -> PairTest {
        PairTest(
            first: first, second: second, difference: 1, halfWidth: nil, pValue: pValue, correctedPValue: pValue)
    }

    @Test("Groups that cannot be told apart are maximal and may overlap")
    func overlap() {
        // The first and the last differ; the one between them is like both.
        let intervals = RankIntervals(
            count: 3, [Self.test(0, 1, 0.3), Self.test(0, 2, 0.01), Self.test(1, 2, 0.2)])
        #expect(intervals.groups == [[0, 1], [1, 2]])
        #expect(intervals.letters == ["a", "ab", "b"])
        #expect(intervals.ranks == [1...2, 1...3, 2...3])
    }

    @Test("An entry that differs from all others is a group by itself, and has one rank")
    func alone() {
        let intervals = RankIntervals(
            count: 3, [Self.test(0, 1, 0.01), Self.test(0, 2, 0.01), Self.test(1, 2, 0.2)])
        #expect(intervals.groups == [[0], [1, 2]])
        #expect(intervals.ranks == [1...1, 2...3, 2...3])
    }

    @Test("Maximal sets are those that trying every set finds", arguments: 0..<40)
    func cliques(_ seed: Int) {
        var generator = Shuffler(state: UInt64(seed) &* 977 &+ 5)
        let count = 7
        var neighbours = [Set<Int>](repeating: [], count: count)
        for first in 0..<count {
            for second in first + 1..<count where Double.random(in: 0...1, using: &generator) < 0.6 {
                neighbours[first].insert(second)
                neighbours[second].insert(first)
            }
        }
        func isClique(_ set: [Int]) -> Bool {
            set.allSatisfy { vertex in set.allSatisfy { $0 == vertex || neighbours[vertex].contains($0) } }
        }
        let sets = (1..<1 << count).map { bits in (0..<count).filter { bits >> $0 & 1 == 1 } }.filter(isClique)
        let maximal = sets.filter { set in
            (0..<count).allSatisfy { set.contains($0) || !isClique(set + [$0]) }
        }
        #expect(maximalCliques(neighbours) == maximal.sorted { $0.lexicographicallyPrecedes($1) })
    }
}

@Suite("What would resolve an open pair")
struct PowerEstimateTests {
    @Test("The estimated samples give the stated power, and the present ones less")
    func samples() throws {
        let differences = [0.02, -0.01, 0.03, 0.015, 0.005]
        let factor = try #require(PowerEstimate.sampleFactor(differences, folds: 5, pairs: 3))
        #expect(factor > 1)
        // With so many more samples the differences scatter less about the same mean.
        let mean = differences.reduce(0, +) / 5
        func isResolved(_ factor: Double) -> Bool {
            let narrowed = differences.map { mean + ($0 - mean) / factor.squareRoot() }
            return (CorrectedResampledTest(narrowed, folds: 5)?.pValue ?? 1) <= PairTest.level / 3
        }
        #expect(isResolved(factor) && !isResolved(1))
        #expect(PowerEstimate.sampleFactor([0.01, 0.01], folds: 2, pairs: 1) == nil)
    }

    @Test("Wilcoxon's test needs at least so many tasks that its smallest p-value is small enough")
    func tasks() throws {
        #expect(PowerEstimate.leastTasks(pairs: 1) == 6 && PowerEstimate.leastTasks(pairs: 10) == 9)
        let clear = (0..<6).map { 1 + 0.01 * Double($0) }
        #expect(PowerEstimate.tasks(clear, pairs: 10) == 9)
        let faint = [0.3, -0.2, 0.4, -0.1, 0.2, -0.3]
        #expect(try #require(PowerEstimate.tasks(faint, pairs: 10)) > 50)
        #expect(PowerEstimate.tasks([1, -1], pairs: 1) == nil)
    }
}

@Suite("The hierarchical test over tasks")
struct HierarchicalTestTests {
    private static func tasks(_ means: [Double], error: Double = 0.01) -> [HierarchicalTest.Task] {
        means.map { HierarchicalTest.Task(mean: $0, standardError: error) }
    }

    @Test("is symmetric, and its probabilities sum to 1")
    func symmetry() throws {
        let means = [0.03, 0.01, -0.02, 0.05, 0.02, 0.00]
        let own = try #require(HierarchicalTest(Self.tasks(means), equivalence: 0.01))
        let turned = try #require(HierarchicalTest(Self.tasks(means.map { -$0 }), equivalence: 0.01))
        #expect(abs(own.firstBetter - turned.secondBetter) < 1e-12 && own.firstBetter > own.secondBetter)
        #expect(abs(own.firstBetter + own.equivalent + own.secondBetter - 1) < 1e-12)
    }

    @Test("finds what is there: better, practically equal, and open")
    func findings() throws {
        let better = try #require(HierarchicalTest(Self.tasks([0.1, 0.11, 0.09, 0.1, 0.12, 0.1]), equivalence: 0.01))
        #expect(better.firstBetter > 0.95)
        let same = try #require(
            HierarchicalTest(Self.tasks([0.001, -0.001, 0, 0.002, -0.002, 0], error: 0.001), equivalence: 0.01))
        #expect(same.equivalent > 0.95)
        let open = try #require(HierarchicalTest(Self.tasks([0.1, -0.1, 0.05, -0.05, 0.08, -0.08]), equivalence: 0.01))
        #expect(max(open.firstBetter, open.equivalent, open.secondBetter) < 0.6)
        #expect(HierarchicalTest(Self.tasks([0.1, 0.1]), equivalence: 0.01) == nil)
    }

    @Test("agrees with a sampler of the same model")
    func sampler() throws {
        let tasks = Self.tasks([0.04, 0.01, 0.03, -0.01, 0.05, 0.02, 0.03], error: 0.02)
        let test = try #require(HierarchicalTest(tasks, equivalence: 0.01))
        var generator = Shuffler(state: 99)
        func normal() -> Double {
            (0..<12).reduce(0.0) { sum, _ in sum + Double.random(in: 0...1, using: &generator) } - 6
        }
        // τ by Metropolis steps under the same bound, the rest by Gibbs steps.
        var (mean, tau, effects) = (0.0, 0.02, tasks.map(\.mean))
        func logDensity(_ tau: Double) -> Double {
            effects.reduce(0) { $0 - log(tau) - ($1 - mean) * ($1 - mean) / (2 * tau * tau) }
        }
        var better = 0
        let steps = 60_000
        for _ in 0..<steps {
            effects = tasks.map { task in
                let (own, all) = (1 / (task.standardError * task.standardError), 1 / (tau * tau))
                return (own * task.mean + all * mean) / (own + all) + normal() / (own + all).squareRoot()
            }
            mean = effects.reduce(0, +) / Double(effects.count) + normal() * tau / Double(effects.count).squareRoot()
            let proposal = abs(tau + 0.02 * normal())
            if proposal > 0,
                log(Double.random(in: 1e-12...1, using: &generator)) < logDensity(proposal) - logDensity(tau)
            {
                tau = proposal
            }
            better += mean + tau * normal() > 0.01 ? 1 : 0
        }
        #expect(abs(Double(better) / Double(steps) - test.firstBetter) < 0.03)
    }
}
