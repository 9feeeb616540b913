import Foundation
import Metrics
import Testing

@testable import Results

@Suite("Pooled out-of-fold predictions")
struct PooledEstimateTests {
    /// Twelve samples of two classes, predictions right but for every third.
    private static let labels = (0..<12).map { Int32($0 % 2) }
    private static let correct = (0..<12).map { $0 % 3 == 0 ? 0.0 : 1 }

    private func pool(_ rows: [Int]) -> PooledEstimate.Pool {
        let scores = rows.flatMap { row -> [Float] in
            let isFirst = (Self.labels[row] == 0) == (Self.correct[row] == 1)
            return isFirst ? [1, 0] : [0, 1]
        }
        return PooledEstimate.Pool(
            rows: rows, prediction: Prediction(scores: scores, truth: .classes(rows.map { Self.labels[$0] })))
    }

    @Test("have the percentile interval of the metric over resampled samples, for any order of folds")
    func samples() throws {
        let estimate = try #require(
            PooledEstimate([pool(Array(0..<12).reversed())], metric: "top1", groups: nil, count: 500, seed: 4))
        let expected = Resamples(count: 500, of: 12, seed: 4).interval { mean(of: Self.correct, at: $0) }
        #expect(abs(estimate.value - 8.0 / 12) < 1e-12 && estimate.cases == 12)
        #expect(abs(estimate.interval.lowerBound - (expected?.lowerBound ?? .nan)) < 1e-12)
        #expect(abs(estimate.interval.upperBound - (expected?.upperBound ?? .nan)) < 1e-12)
    }

    @Test("resample whole groups, which widens the interval of correlated samples")
    func groups() throws {
        // Groups of four whose samples stand or fall together.
        let rows = Array(0..<400)
        let isCorrect = rows.map { ($0 / 4) % 3 != 0 }
        let scores = rows.flatMap { isCorrect[$0] ? [1, 0] as [Float] : [0, 1] }
        let pool = PooledEstimate.Pool(
            rows: rows, prediction: Prediction(scores: scores, truth: .classes(rows.map { _ in 0 })))
        let alone = try #require(PooledEstimate([pool], metric: "top1", groups: nil, count: 400))
        let whole = try #require(
            PooledEstimate([pool], metric: "top1", groups: rows.map { Int32($0 / 4) }, count: 400))
        let width = { (estimate: PooledEstimate) in estimate.interval.upperBound - estimate.interval.lowerBound }
        #expect(whole.cases == 100 && alone.cases == 400)
        // Four samples that are one: twice the width.
        #expect(width(whole) > 1.6 * width(alone) && width(whole) < 2.4 * width(alone))
    }

    @Test("count a group that is drawn twice as two groups, in metrics that are means over groups")
    func twice() throws {
        // The first group is ordered rightly, the second wrongly.
        let prediction = Prediction(
            scores: [1, 2, 3, 3, 2, 1], truth: .order([1, 2, 3, 1, 2, 3], groups: [7, 7, 7, 9, 9, 9]))
        #expect(prediction.value(of: "grouped-kendall-tau") == 0)
        let drawn = prediction.resampled([[0, 1, 2], [0, 1, 2], [3, 4, 5]])
        #expect(abs(try #require(drawn.value(of: "grouped-kendall-tau")) - 1.0 / 3) < 1e-12)
    }

    @Test("average repetitions, and have no estimate where one is undefined")
    func repetitions() throws {
        let once = pool(Array(0..<12))
        var wrong = once
        wrong.prediction.scores = wrong.prediction.scores.map { 1 - $0 }
        let both = try #require(PooledEstimate([once, wrong], metric: "top1", groups: nil, count: 200))
        #expect(abs(both.value - 0.5) < 1e-12 && both.interval == 0.5...0.5)
        #expect(PooledEstimate([once], metric: "no metric", groups: nil, count: 200) == nil)
        #expect(PooledEstimate([], metric: "top1", groups: nil, count: 200) == nil)
    }

    @Test("resample all rows jointly, so that shares of the front are those of one set of samples")
    func joint() throws {
        var table = try SampleResults.noisyTable()
        table.blocks = [table.blocks[1]]
        table.blocks[0].mark(.parameters)
        #expect(table.blocks[0].rows.allSatisfy { $0.frontShare == nil })
        #expect(table.rendered(as: .text).contains("too few folds"))
        // Better by a hair on every sample, whatever is drawn.
        let rows = table.blocks[0].rows.indices
        for row in rows {
            let values = (0..<100).map { draw -> Double? in
                let luck = 0.01 * Double(draw % 10)
                return draw == 7 ? nil : 0.5 + luck + 1e-6 * Double(row)
            }
            table.blocks[0].rows[row].bootstrap = BootstrapScores(cases: [1, 2, 3], values: values)
        }
        table.blocks[0].mark(.parameters)
        let costs = table.blocks[0].rows.map(\.parameters)
        for row in rows {
            let isLastOfCost = row == rows.last || costs[row + 1] > costs[row]
            #expect(table.blocks[0].rows[row].frontShare == (isLastOfCost ? 1 : 0))
        }
        #expect(table.rendered(as: .text).contains(" ^% "))
        table.blocks[0].rows[0].bootstrap?.cases = [1, 2, 4]
        table.blocks[0].mark(.parameters)
        #expect(table.blocks[0].rows.allSatisfy { $0.frontShare == nil })
    }

    @Test("are combined from the folds of every kind of task")
    func joined() {
        let kinds: [Prediction.Truth] = [
            .classes([0, 1]), .indicators([0, 1, 1, 0], classes: 2), .answers([1, 0]),
            .relevance([1, 0], queries: [3, 3]), .order([1, 2], groups: [5, 5]), .order([1, 2], groups: nil),
            .values([1, 2]),
        ]
        for truth in kinds {
            let part = Prediction(scores: [1, 2, 3, 4], truth: truth)
            #expect(Prediction.joined([part, part])?.count == 4)
            #expect(part.resampled([[0], [1], [1]]).count == 3)
        }
        let parts = kinds.prefix(2).map { Prediction(scores: [1, 2, 3, 4], truth: $0) }
        #expect(Prediction.joined(parts) == nil && Prediction.joined([]) == nil)
    }
}
