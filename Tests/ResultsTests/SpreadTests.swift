import Foundation
import Sweeps
import Testing
import Units

@testable import Results

@Suite("The spread of a row by folds, draws and seeds")
struct SpreadTests {
    /// Noise of given deviations on every level.
    private static func scores(_ folds: Int, _ draws: Int, _ seeds: Int, _ size: [Double]) -> [[[Double]]] {
        var generator = Shuffler(state: 11)
        func noise(_ size: Double) -> Double {
            size * ((0..<12).reduce(0.0) { sum, _ in sum + Double.random(in: 0...1, using: &generator) } - 6)
        }
        return (0..<folds).map { _ in
            let fold = noise(size[0])
            return (0..<draws).map { _ in
                let draw = noise(size[1])
                return (0..<seeds).map { _ in 0.7 + fold + draw + noise(size[2]) }
            }
        }
    }

    @Test("recovers the deviations that made the scores")
    func components() throws {
        let spread = try #require(
            SpreadComponents(Self.scores(400, 6, 4, [0.02, 0.01, 0.03]), haveDraws: true))
        #expect(abs((spread.fold ?? 0) - 0.02) < 0.003 && abs((spread.draw ?? 0) - 0.01) < 0.002)
        #expect(abs((spread.seed ?? 0) - 0.03) < 0.001 && spread.dominant == .seed)
        #expect(spread.descending.map(\.source) == [.seed, .fold, .draw])
    }

    @Test("agrees with a nested analysis of variance by hand")
    func byHand() throws {
        // Folds 1 and 2, each with draws {1, 3}, {5, 7} and {2, 2}, {4, 8}.
        let spread = try #require(SpreadComponents([[[1, 3], [5, 7]], [[2, 2], [4, 8]]], haveDraws: true))
        // Variances over seeds: 2, 2, 0, 8, their mean 3. Draw means 2, 6 and 2, 6: variance 8 in both.
        #expect(spread.seed == 3.0.squareRoot() && spread.draw == (8 - 1.5).squareRoot())
        // Fold means 4 and 4: less than draws alone explain.
        #expect(spread.fold == 0 && spread.dominant == .draw)
    }

    @Test("has no component of what there is one of, and no spread of single scores")
    func absent() throws {
        let seeds = try #require(SpreadComponents([[[1, 2]], [[3, 4]]], haveDraws: false))
        #expect(seeds.draw == nil && seeds.seed == 0.5.squareRoot() && seeds.fold == (2 - 0.25).squareRoot())
        let draws = try #require(SpreadComponents([[[1], [2]], [[3], [4]]], haveDraws: true))
        #expect(draws.seed == nil && draws.draw == 0.5.squareRoot() && draws.fold == seeds.fold)
        #expect(SpreadComponents([[[1]], [[2]]], haveDraws: false) == nil)
        #expect(SpreadComponents([], haveDraws: true) == nil)
        #expect(SpreadComponents([[[1, 2]]], haveDraws: false)?.fold == nil)
    }

    /// The sample with two more seeds for what is trained by gradient steps; seed s adds s % 3 hundredths.
    private static func cells(isMissing: (ProbeUnit) -> Bool = { _ in false }) throws -> [ResultCell] {
        try SampleResults.cells().flatMap { cell in
            let seeds = cell.unit.isTrainedByGradient ? 3 : 1
            return (0..<seeds).map { seed in
                var cell = cell
                cell.unit.seed += seed
                cell.key = cell.unit.key
                cell.result?.key = cell.key
                if seeds > 1, let score = cell.result?.metrics["top1"] {
                    cell.result?.metrics["top1"] = score + 0.01 * Double(seed - 1)
                }
                if isMissing(cell.unit) { cell.result = nil }
                return cell
            }
        }
    }

    @Test("makes one row of several seeds, whose folds are means over seeds")
    func seeds() throws {
        let table = ResultTable.make(try Self.cells(), against: .parameters)
        let single = ResultTable.make(try SampleResults.cells(), against: .parameters)
        #expect(table.blocks.map(\.rows.count) == single.blocks.map(\.rows.count))
        for (row, other) in zip(table.blocks[1].rows, single.blocks[1].rows) {
            #expect(row.label == other.label && row.seeds == (row.unit.isTrainedByGradient ? 3 : 1))
            let mean = try #require(row.estimate)
            let expected = try #require(other.estimate)
            #expect(abs(mean.mean - expected.mean) < 1e-12)
            #expect(abs((mean.halfWidth ?? 0) - (expected.halfWidth ?? 1)) < 1e-12)
            #expect((row.spread == nil) == (row.seeds == 1))
            if let spread = row.spread { #expect(abs((spread.seed ?? 0) - 0.01) < 1e-12 && spread.draw == nil) }
        }
        let text = table.rendered(as: .text)
        #expect(text.contains("seed 0.0100, fold 0.0067"), "\(text)")
        #expect(table.rendered(as: .csv).contains(",3,0.006"))
        #expect(table.rendered(as: .json).contains("\"dominant\" : \"seed\""))
        #expect(try Comparison.make(table.grouped(by: .row)[0].table.blocks[0], pairing: .best).folds == 3)
    }

    @Test("counts a fold once all its seeds are done, and shows each seed's result in JSON")
    func missingSeed() throws {
        let cells = try Self.cells { $0.seed == 2 && $0.fold.heldOut == 1 }
        let table = ResultTable.make(cells, against: .parameters)
        for row in table.blocks[1].rows where row.seeds > 1 {
            #expect(row.foldsDone == 2 && row.folds.map(\.draws.count) == [3, 3, 3])
            #expect(row.folds[0].draws.map(\.seed) == (0..<3).map { row.unit.seed + $0 })
        }
    }
}

extension ProbeUnit {
    fileprivate var isTrainedByGradient: Bool { type(of: solver.settings).name == "gradient" }
}
