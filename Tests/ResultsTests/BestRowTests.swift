import Foundation
import Probes
import Sweeps
import Testing
import Units

@testable import Results

@Suite("The best of many rows")
struct BestRowTests {
    private static let endings: [TableFormat: String] = [
        .text: "txt", .markdown: "md", .csv: "csv", .json: "json", .latex: "tex",
    ]

    @Test("matches the approved output", arguments: TableFormat.allCases)
    func golden(_ format: TableFormat) throws {
        let best = try SampleResults.noisyTable().bestRows(over: .layer)
        try expectGolden(
            (format == .json ? Array(best.prefix(1)) : best).rendered(as: format),
            "best.\(Self.endings[format] ?? "")")
    }

    /// A row's scores on the inner and the test splits of all folds, none better than another: each is the truth with
    /// noise of 0.02, and what is easy in a fold is easy for every row.
    struct Draw {
        static let truth = 0.8
        let inner, test: [[Double]]

        init(rows: Int, folds: Int, seed: UInt64) {
            var generator = Shuffler(state: seed &* 0x9E37_79B9_7F4A_7C15 &+ 1)
            func noise(_ size: Double) -> Double {
                // A sum of twelve uniform numbers has variance 1.
                size * ((0..<12).reduce(0.0) { sum, _ in sum + Double.random(in: 0...1, using: &generator) } - 6)
            }
            let ease = (0..<folds).map { _ in noise(0.01) }
            inner = (0..<rows).map { _ in ease.map { Self.truth + $0 + noise(0.02) } }
            test = (0..<rows).map { _ in ease.map { Self.truth + $0 + noise(0.02) } }
        }
    }

    @Test(
        "is no better than the others after correction if there is no difference, in contrast to the naive maximum",
        arguments: [(rows: 7, folds: 5), (rows: 40, folds: 5), (rows: 20, folds: 10)])
    func noDifference(_ rows: Int, _ folds: Int) throws {
        let runs = 200
        let draws = (0..<runs).map { Draw(rows: rows, folds: folds, seed: UInt64($0)) }
        let resamples = Resamples(count: 100, of: folds, seed: 1)
        let naive = try draws.map {
            try #require(BestOfMany($0.test, greaterIsBetter: true, resamples))
        }
        let nested = try draws.map {
            try #require(NestedChoice(inner: $0.inner, test: $0.test, folds: folds, greaterIsBetter: true))
        }
        func deviations(_ values: [Double]) -> Double {
            let mean = values.reduce(0, +) / Double(runs)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(runs - 1)
            return (mean - Draw.truth) / (variance / Double(runs)).squareRoot()
        }
        #expect(deviations(naive.map(\.naive)) > 10)
        #expect(abs(deviations(naive.map(\.corrected))) < 4)
        #expect(abs(deviations(nested.map(\.estimate.mean))) < 4)
    }

    @Test("stays better after every correction if it truly is")
    func difference() throws {
        let draw = Draw(rows: 5, folds: 5, seed: 3)
        let better = (0..<5).map { _ in 0.2 }
        let test = draw.test.enumerated().map { $0 == 2 ? zip($1, better).map(+) : $1 }
        let inner = draw.inner.enumerated().map { $0 == 2 ? zip($1, better).map(+) : $1 }
        let nested = try #require(NestedChoice(inner: inner, test: test, folds: 5, greaterIsBetter: true))
        let best = try #require(
            BestOfMany(test, greaterIsBetter: true, Resamples(count: 300, of: 5, seed: 1)))
        let mean = test[2].reduce(0, +) / 5
        #expect(nested.timesChosen == [0, 0, 5, 0, 0] && abs(nested.estimate.mean - mean) < 1e-12)
        #expect(best.row == 2 && best.chosenShare[2] == 1 && abs(best.corrected - mean) < 0.01)
        let losses = (test.map { $0.map { -$0 } }, inner.map { $0.map { -$0 } })
        let less = try #require(NestedChoice(inner: losses.1, test: losses.0, folds: 5, greaterIsBetter: false))
        #expect(less.timesChosen == nested.timesChosen)
    }

    @Test("Rows that tie on a bootstrap sample share the choice, so that the order of rows changes nothing")
    func ties() throws {
        // Accuracies of small folds tie often.
        let values: [[Double]] = [[0.5, 0.75, 0.5, 1], [0.75, 0.5, 1, 0.5], [0.5, 0.5, 0.75, 0.75]]
        let resamples = Resamples(count: 1000, of: 4, seed: 0)
        let first = try #require(BestOfMany(values, greaterIsBetter: true, resamples))
        let turned = try #require(BestOfMany(values.reversed(), greaterIsBetter: true, resamples))
        #expect(abs(first.corrected - turned.corrected) < 1e-12)
        #expect(first.naive == turned.naive)
        for (share, other) in zip(first.chosenShare, turned.chosenShare.reversed()) {
            #expect(abs(share - other) < 1e-12)
        }
    }

    @Test("has a nested estimate that does not depend on the order of rows, even if inner scores tie")
    func tiesInBootstrap() throws {
        let inner = [[0.7, 0.7], [0.7, 0.6], [0.5, 0.7]]
        let test = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]
        let nested = try #require(NestedChoice(inner: inner, test: test, folds: 2, greaterIsBetter: true))
        #expect(nested.timesChosen == [1, 0.5, 0.5] && abs(nested.estimate.mean - 0.3) < 1e-12)
        let turned = NestedChoice(inner: inner.reversed(), test: test.reversed(), folds: 2, greaterIsBetter: true)
        #expect(turned?.estimate == nested.estimate)
    }

    @Test("chooses by the inner score of what was trained, not by the best that was tried")
    func chosenScores() throws {
        func table(_ inner: (ProbeUnit, UnitResult) -> Double?) throws -> ResultTable {
            try SampleResults.table { unit, result in
                // The loss chose another candidate than the metric would have.
                result.candidateScores = [0.1, 0.9]
                let score = inner(unit, result)
                result.diagnostics?.innerScore = score
            }
        }
        let honest = try table { $1.metrics[$0.task.metric] }
        let made = try BestRow.make(honest.blocks[1])
        let best = try #require(made.nested)
        #expect(best.timesChosen.max() == 3)
        let row = try #require(honest.blocks[1].rows.firstIndex { $0.isBest })
        #expect(best.timesChosen[row] == 3)
        #expect(try BestRow.make(table { unit, _ in unit.fold.heldOut == 1 ? nil : 0.5 }.blocks[1]).nested == nil)
    }

    @Test("takes the best candidate's inner score from results that do not say which was chosen")
    func earlierResults() throws {
        let table = try SampleResults.table { unit, result in
            result.diagnostics = nil
            result.candidateScores = [-.greatestFiniteMagnitude, 0.25, unit.probe.type == "efficient" ? 0.75 : 0.5]
        }
        let inner = table.blocks[1].rows.map { ($0.unit.probe.type, $0.folds.map { $0.result?.finding.innerScore }) }
        #expect(inner.allSatisfy { $0.1 == Array(repeating: $0.0 == "efficient" ? 0.75 : 0.5, count: 3) })
    }

    @Test("has no nested estimate if a unit had no inner split, and is omitted if folds are missing")
    func missing() throws {
        var table = try SampleResults.noisyTable()
        table.blocks[1].rows[3].folds[1].result?.finding.innerScore = nil
        #expect(try BestRow.make(table.blocks[1]).nested == nil)
        #expect(try BestRow.make(table.blocks[0]).nested != nil)
        table.blocks[1].rows[3].folds[1].result = nil
        #expect(table.bestRows(over: .row).map(\.task) == ["colour"])
        #expect(throws: ComparisonError.self) { try BestRow.make(table.blocks[1]) }
    }
}
