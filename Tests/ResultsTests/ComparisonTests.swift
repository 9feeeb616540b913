import Foundation
import Results
import Sweeps
import Testing
import Units

@Suite("A comparison of rows")
struct ComparisonTests {
    private static let endings: [ComparisonFormat: String] = [
        .text: "txt", .markdown: "md", .csv: "csv", .json: "json",
    ]

    /// Three rows of one task over three folds.
    static func block() throws -> ResultTable.Block {
        var block = try SampleResults.noisyTable().blocks[1]
        block.rows = [block.rows[0], block.rows[4], block.rows[9]]
        return block
    }

    @Test("matches the approved output", arguments: ComparisonFormat.allCases)
    func golden(_ format: ComparisonFormat) throws {
        let comparison = try Comparison.make(try Self.block(), equivalence: 0.02)
        try expectGolden([comparison].rendered(as: format), "comparison.\(Self.endings[format] ?? "")")
    }

    @Test("of ranks over tasks matches the approved output", arguments: ComparisonFormat.allCases)
    func goldenRanks(_ format: ComparisonFormat) throws {
        var table = try SampleResults.noisyTable()
        for index in table.blocks.indices { table.blocks[index].rows.removeLast(6 + index) }
        let comparison = try RankComparison.make(RowGroup(name: "", table: table))
        try expectGolden([comparison].rendered(as: format), "ranks.\(Self.endings[format] ?? "")")
    }

    @Test("reverses the sign of the advantage if less is better")
    func direction() throws {
        var block = try Self.block()
        let advantage = try Comparison.make(block).pairs.map(\.advantage.difference)
        block.greaterIsBetter.toggle()
        #expect(try Comparison.make(block).pairs.map(\.advantage.difference) == advantage.map { -$0 })
    }

    @Test("with the best row or a baseline has one pair for each other row")
    func pairings() throws {
        let block = try Self.block()
        let best = try Comparison.make(block, pairing: .best)
        #expect(best.pairs.count == 2)
        #expect(best.pairs.allSatisfy { $0.advantage.difference > 0 })
        for name in ["linear mean logistic", "wordnet layer 4, linear mean logistic, D_o 384"] {
            #expect(try Comparison.make(block, pairing: .baseline(name)).pairs.map(\.second) == [0, 2])
        }
        let error = #expect(throws: ComparisonError.self) { try Comparison.make(block, pairing: .baseline("nobody")) }
        #expect(error?.description.contains("linear mean logistic") == true)
    }

    @Test(
        "is rejected with the reason",
        arguments: [
            "folds", "count", "labels", "missing", "metric", "one row", "one fold",
        ])
    func refusals(_ fault: String) throws {
        var block = try Self.block()
        let expected: String
        switch fault {
        case "folds":
            block.rows[2].folds[1].reference.seed += 1
            expected = "was scored on fold 1 of 3"
        case "count":
            block.rows[2].folds.removeLast()
            expected = "has 2 folds"
        case "labels":
            block.rows[2].unit.task.digest = "other"
            expected = "in labels or samples"
        case "missing":
            block.rows[2].folds[1].result = nil
            expected = "has no result on fold 1"
        case "metric":
            block.rows[2].folds[1].result?.score = nil
            expected = "has no top1 on fold 1"
        case "one row":
            block.rows = [block.rows[0]]
            expected = "needs at least two rows"
        default:
            for row in block.rows.indices { block.rows[row].folds = [block.rows[row].folds[0]] }
            expected = "has a single test fold"
        }
        let error = #expect(throws: ComparisonError.self) { try Comparison.make(block) }
        #expect(error.map { $0.description.contains(expected) } == true, "\(error?.description ?? "")")
    }

    @Test("of ranks needs two tasks and two complete rows")
    func rankRefusals() throws {
        var table = try SampleResults.noisyTable()
        table.blocks[0].rows = [table.blocks[0].rows[0]]
        #expect(throws: ComparisonError.self) { try RankComparison.make(RowGroup(name: "", table: table)) }
        table.blocks.removeFirst()
        #expect(throws: ComparisonError.self) { try RankComparison.make(RowGroup(name: "", table: table)) }
    }
}
