import Foundation
import Results
import Sweeps
import Testing
import Units

@Suite("Rows of a table")
struct RowGroupTests {
    @Test(
        "in a group differ only along the requested axis",
        arguments: [
            // Two layers, six probes of which one has two widths, in each of two tasks.
            (RowAxis.row, [12]), (.probe, [6, 6]), (.layer, [2, 2, 2, 2, 2, 2]), (.output, [2, 2]), (.shots, []),
        ])
    func groups(_ axis: RowAxis, _ sizes: [Int]) throws {
        let groups = try SampleResults.noisyTable().grouped(by: axis)
        #expect(groups.map { $0.table.blocks.count } == sizes.map { _ in 2 })
        #expect(groups.map { $0.table.blocks[0].rows.count } == sizes)
        for group in groups {
            for rows in group.table.blocks.map(\.rows) {
                let layers = Set(rows.map(\.unit.features.layer)).count
                let probes = Set(rows.map(\.label)).count
                let widths = Set(rows.map(\.outputWidth)).count
                switch axis {
                case .row: #expect(layers == 2 && probes > 1)
                case .probe: #expect(layers == 1 && probes > 1)
                case .layer: #expect(layers == rows.count && probes == 1 && widths == 1)
                case .output: #expect(layers == 1 && probes == 1 && widths == rows.count)
                case .shots: Issue.record("No row of the sample has fewer shots than another.")
                }
            }
        }
    }

    private static let endings: [TableFormat: String] = [
        .text: "txt", .markdown: "md", .csv: "csv", .json: "json", .latex: "tex",
    ]

    @Test("form curves over layers that match the approved output, with missing cells", arguments: TableFormat.allCases)
    func curves(_ format: TableFormat) throws {
        var table = try SampleResults.noisyTable()
        table.blocks[0].rows.remove(at: 1)
        table.blocks[1].rows[0].folds[0].result = nil
        try expectGolden(table.curves(over: .layer).rendered(as: format), "curves.\(Self.endings[format] ?? "")")
    }

    @Test("form curves over output dimensionalities, and none along axes without an order")
    func otherCurves() throws {
        let table = try SampleResults.noisyTable()
        let curve = try #require(table.curves(over: .output).last?.curves.last)
        #expect(table.curves(over: .output).map(\.places) == [["96", "384"], ["96", "384"]])
        #expect(curve.name == "wordnet layer 6, efficient 4 queries" && curve.estimates.allSatisfy { $0 != nil })
        #expect(table.curves(over: .probe).isEmpty && table.curves(over: .row).isEmpty)
    }

    @Test("are selected by task, layer, probe and output dimensionality, and marked among themselves")
    func selection() throws {
        let table = try SampleResults.noisyTable()
        let selection = RowSelection(tasks: ["lexname"], layers: [4], probes: ["linear"])
        let rows = try table.selecting(selection).blocks.flatMap(\.rows)
        #expect(Set(rows.map(\.label)) == ["linear class", "linear mean", "linear mean logistic"])
        #expect(rows.contains(where: \.isBest) && rows.contains(where: \.isOnFront))
        let narrow = try table.selecting(RowSelection(probes: ["efficient 4 queries"], outputs: [96]))
        #expect(narrow.blocks.flatMap(\.rows).map(\.outputWidth) == [96, 96, 96, 96])
        #expect(try table.selecting(RowSelection()) == table)
    }

    @Test(
        "that a table does not have are rejected with those that it has",
        arguments: [
            (RowSelection(tasks: ["color"]), "task \"color\". Name one of: colour, lexname."),
            (RowSelection(layers: [5]), "layer \"5\". Name one of: 4, 6."),
            (RowSelection(probes: ["lineal"]), "probe \"lineal\". Name one of: knn mean, linear class"),
            (RowSelection(outputs: [97]), "output \"97\". Name one of: 384, 96."),
        ])
    func unknown(_ selection: RowSelection, _ message: String) throws {
        let table = try SampleResults.noisyTable()
        let error = #expect(throws: SelectionError.self) { try table.selecting(selection) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
}
