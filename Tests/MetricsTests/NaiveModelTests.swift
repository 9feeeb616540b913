import Foundation
import Testing

@testable import Metrics

/// Every list of `length` values out of 0 ..< `values`.
private func lists(length: Int, values: Int) -> [[Int]] {
    (0..<length).reduce([[]]) { lists, _ in lists.flatMap { list in (0..<values).map { list + [$0] } } }
}

@Suite("Metrics and the sums over all pairs that define them")
struct NaiveModelTests {
    @Test("agree on τ-b for every pair of short lists", arguments: 0...4)
    func kendall(_ length: Int) {
        for x in lists(length: length, values: 3) {
            for y in lists(length: length, values: 3) {
                let (x, y) = (x.map(Double.init), y.map(Double.init))
                let (value, expected) = (Metrics.kendallTau(x, y), naiveTau(x, y))
                #expect(value == expected || abs((value ?? .nan) - (expected ?? .nan)) < 1e-14, "\(x) \(y)")
            }
        }
    }

    @Test("agree on τ-b for longer lists with ties", arguments: 0..<20 as Range<UInt64>)
    func longKendall(_ seed: UInt64) {
        var generator = Linear(state: seed)
        let length = Int.random(in: 5...70, using: &generator)
        let x = (0..<length).map { _ in Double(Int.random(in: 0..<12, using: &generator)) }
        let y = x.map { $0 + Double(Int.random(in: -6...6, using: &generator)) }
        #expect(abs((Metrics.kendallTau(x, y) ?? .nan) - (naiveTau(x, y) ?? .nan)) < 1e-13)
    }

    private func naiveTau(_ x: [Double], _ y: [Double]) -> Double? {
        var (difference, untiedX, untiedY) = (0.0, 0.0, 0.0)
        for first in x.indices {
            for second in x.indices where second > first {
                let (dx, dy) = (x[first] - x[second], y[first] - y[second])
                difference += dx * dy > 0 ? 1 : dx * dy < 0 ? -1 : 0
                untiedX += dx == 0 ? 0 : 1
                untiedY += dy == 0 ? 0 : 1
            }
        }
        return untiedX * untiedY == 0 ? nil : difference / (untiedX * untiedY).squareRoot()
    }

    @Test("agree on average precision and ROC for every short list", arguments: 1...5)
    func thresholds(_ length: Int) {
        for scores in lists(length: length, values: 3) {
            for labels in lists(length: length, values: 2) {
                let sweep = ThresholdSweep(zip(scores, labels).map { (Float($0), $1 == 1) })
                let positives = scores.indices.filter { labels[$0] == 1 }
                let negatives = scores.indices.filter { labels[$0] == 0 }
                // The precision at the threshold that just lets a positive through, averaged over positives.
                let precision = positives.reduce(0.0) { sum, own in
                    let passed = scores.indices.filter { scores[$0] >= scores[own] }
                    return sum + Double(passed.count { labels[$0] == 1 }) / Double(passed.count)
                }
                let wins = positives.reduce(0.0) { sum, own in
                    sum
                        + negatives.reduce(0.0) {
                            $0 + (scores[own] > scores[$1] ? 1 : scores[own] == scores[$1] ? 0.5 : 0)
                        }
                }
                let expectedPrecision = positives.isEmpty ? nil : precision / Double(positives.count)
                let area =
                    positives.isEmpty || negatives.isEmpty ? nil : wins / Double(positives.count * negatives.count)
                #expect(isClose(Metrics.averagePrecision(sweep), expectedPrecision))
                #expect(isClose(Metrics.areaUnderCurve(sweep), area))
            }
        }
    }

    @Test("agree on recall@k and reciprocal rank, averaged over every order of equal scores", arguments: 1...5)
    func queries(_ length: Int) {
        let orders = permutations(length)
        for scores in lists(length: length, values: 2) {
            for labels in lists(length: length, values: 2) where labels.contains(1) {
                let query = RankedQuery(ThresholdSweep(zip(scores, labels).map { (Float($0), $1 == 1) }))
                let sorted = orders.filter { order in
                    zip(order, order.dropFirst()).allSatisfy { scores[$0] >= scores[$1] }
                }
                let reciprocal = sorted.reduce(0.0) { sum, order in
                    sum + 1 / Double(1 + (order.firstIndex { labels[$0] == 1 } ?? 0))
                }
                #expect(isClose(query.reciprocalRank, reciprocal / Double(sorted.count)))
                for k in 0...length + 1 {
                    let found = sorted.reduce(0) { $0 + $1.prefix(k).count { labels[$0] == 1 } }
                    let recall = Double(found) / Double(sorted.count * labels.count { $0 == 1 })
                    #expect(isClose(query.recall(at: k), recall))
                }
            }
        }
    }

    private func isClose(_ first: Double?, _ second: Double?) -> Bool {
        switch (first, second) {
        case (nil, nil): true
        case (let first?, let second?): abs(first - second) < 1e-13
        default: false
        }
    }

    private func permutations(_ length: Int) -> [[Int]] {
        lists(length: length, values: length).filter { Set($0).count == length }
    }

    @Test("give any order of the samples the same value, to the bit", arguments: 0..<10 as Range<UInt64>)
    func order(_ seed: UInt64) {
        var generator = Linear(state: seed)
        let rows = (0..<50).map { _ in
            (Float(Int.random(in: 0..<9, using: &generator)), Int32.random(in: 0...1, using: &generator))
        }
        let shuffled = rows.shuffled(using: &generator)
        #expect(
            Metrics.binary(scores: rows.map(\.0), labels: rows.map(\.1))
                == Metrics.binary(scores: shuffled.map(\.0), labels: shuffled.map(\.1)))
        let targets = rows.map { Float($0.1) + $0.0 / 3 }
        let tau = Metrics.ranking(scores: rows.map(\.0), targets: targets)["kendall-tau"]
        let reversed = Metrics.ranking(scores: rows.map(\.0).reversed(), targets: targets.reversed())["kendall-tau"]
        #expect(tau == reversed)
    }
}

/// A small generator for lists that a test can repeat.
private struct Linear: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 31)
    }
}
