import Foundation
import Identities
import Probes
import Results
import Sweeps
import Testing
import Training
import Units

@Suite("A table of results")
struct ResultTableTests {
    private static let endings: [TableFormat: String] = [
        .text: "txt", .markdown: "md", .csv: "csv", .json: "json", .latex: "tex",
    ]

    /// JSON spells out every fold, so that a few rows show all there is to it.
    private static func shortened(_ table: ResultTable, for format: TableFormat) -> ResultTable {
        guard format == .json else { return table }
        var table = table
        for index in table.blocks.indices {
            table.blocks[index].rows = [table.blocks[index].rows[0], table.blocks[index].rows[11]]
        }
        return table
    }

    @Test("matches the approved output", arguments: TableFormat.allCases)
    func golden(_ format: TableFormat) throws {
        let table = Self.shortened(ResultTable.make(try SampleResults.cells(), against: .parameters), for: format)
        try expectGolden(table.rendered(as: format), "table.\(Self.endings[format] ?? "")")
    }

    @Test(
        "against GFLOPs, with times, choices and missing cells, matches the approved output",
        arguments: TableFormat.allCases)
    func goldenWithEverything(_ format: TableFormat) throws {
        let cells = try SampleResults.cells { unit in
            unit.task.name == "colour"
                ? unit.probe.type == "knn" : unit.probe.type == "efficient" && unit.fold.heldOut == 2
        }
        let table = Self.shortened(ResultTable.make(cells, against: .operations), for: format)
        let options = TableOptions(times: true, choices: true)
        try expectGolden(table.rendered(as: format, options: options), "table-full.\(Self.endings[format] ?? "")")
    }

    @Test("has the same bytes for any order of cells", arguments: 0..<5, TableFormat.allCases)
    func order(_ seed: UInt64, _ format: TableFormat) throws {
        var generator = Shuffler(state: seed)
        let cells = try SampleResults.cells()
        let table = ResultTable.make(cells, against: .parameters)
        let shuffled = ResultTable.make(cells.shuffled(using: &generator), against: .parameters)
        #expect(shuffled.rendered(as: format) == table.rendered(as: format))
    }

    @Test("has the same bytes after its units and results went through JSON")
    func travel() throws {
        let cells = try SampleResults.cells()
        let again = try cells.map { cell in
            ResultCell(
                unit: try JSONDecoder.ofUnits().decode(ProbeUnit.self, from: Data(cell.unit.canonicalForm.bytes)),
                result: try JSONDecoder().decode(UnitResult.self, from: JSONEncoder().encode(cell.result)))
        }
        let table = ResultTable.make(cells, against: .parameters)
        #expect(ResultTable.make(again, against: .parameters) == table)
    }

    @Test("fits a terminal of 100 columns")
    func width() throws {
        let text = ResultTable.make(try SampleResults.cells(), against: .parameters).rendered(as: .text)
        let rows = text.split(separator: "\n").filter { $0.contains("/3") }
        #expect(rows.count == 24)
        #expect(rows.allSatisfy { $0.count <= 100 })
    }

    @Test("shows every planned row while nothing is done, and marks none")
    func nothingDone() throws {
        let table = ResultTable.make(try SampleResults.cells { _ in true }, against: .parameters)
        #expect(table.blocks.flatMap(\.rows).count == 24)
        #expect(table.blocks.flatMap(\.rows).allSatisfy { !$0.isBest && !$0.isOnFront && $0.estimate == nil })
        #expect(table.rendered(as: .text).contains("missing: 72 of 72 units"))
    }

    @Test("does not mark a row with a missing fold, however good the others are")
    func incomplete() throws {
        let complete = ResultTable.make(try SampleResults.cells(), against: .parameters)
        let best = try #require(complete.blocks.last?.rows.first { $0.isBest })
        let cells = try SampleResults.cells { $0.key == best.folds[0].key }
        let rows = try #require(ResultTable.make(cells, against: .parameters).blocks.last?.rows)
        let row = try #require(rows.first { $0.folds[0].key == best.folds[0].key })
        #expect(!row.isBest && !row.isOnFront && row.foldsDone == 2)
        #expect(rows.contains { $0.isBest })
    }

    @Test("treats less as better if the metric is a loss")
    func losses() throws {
        let table = ResultTable.make(try SampleResults.cells(), against: .parameters)
        let block = try #require(table.blocks.first { $0.metric == "log-loss" })
        let least = block.rows.compactMap { $0.estimate?.mean }.min()
        #expect(block.rows.filter(\.isBest).allSatisfy { $0.estimate?.mean == least })
    }

    @Test("distinguishes two training methods of one probe")
    func labels() throws {
        let specification = try SweepSpecification.read(
            text: """
                features: /x
                layers: 4
                probes:
                  - {type: linear, solver: gradient}
                  - {type: linear, solver: gradient, training: {epochs: 3}}
                """, file: "a.yaml")
        let plan = try Plan.make(specification, SampleResults.plan().facts)
        let cells = plan.passes.flatMap { $0.units.map { ResultCell(unit: $0.unit, result: nil) } }
        let rows = try #require(ResultTable.make(cells, against: .parameters).blocks.first?.rows)
        #expect(Set(rows.map(\.label)) == ["linear mean 20 epochs", "linear mean 3 epochs"])
    }
}

/// A small generator for orders that a test can repeat.
struct Shuffler: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 31)
    }
}
