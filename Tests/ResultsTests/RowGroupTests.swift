import Foundation
import Sweeps
import Testing
import Units

@testable import Results

@Suite("Rows of a table")
struct RowGroupTests {
    @Test(
        "in a group differ only along the requested axis",
        arguments: [
            // Two layers, six probes of which one has two widths, in each of two tasks.
            (RowAxis.row, [12]), (.probe, [6, 6]), (.layer, [2, 2, 2, 2, 2, 2]), (.output, [2, 2]), (.shots, []),
            (.features, []),
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
                case .features: Issue.record("The sample has one feature set.")
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

    @Test("over feature sets agree in probe, layer and D_o as a share of the width, and become columns of a table")
    func backbones() throws {
        let table = try BoardSamples.table(data: [["colour"]])
        let groups = table.grouped(by: .features)
        #expect(groups.map(\.name) == groups.map(\.name).filter { !$0.contains("alpha") })
        #expect(groups.count == 4 && groups.allSatisfy { $0.table.blocks[0].rows.map(\.features).count == 3 })
        let curves = try #require(table.curves(over: .features).first)
        #expect(curves.places == ["alpha", "beta", "gamma"] && curves.curves.count == 4)
        #expect(table.bestRows(over: .features).map(\.candidates) == [3, 3, 3, 3])
        let selected = try table.selecting(RowSelection(features: ["alpha", "beta@0"]))
        #expect(Set(selected.blocks[0].rows.map(\.features)) == ["alpha", "beta"])
    }

    @Test("at chosen layers have the nested estimate of their layers, and the folds that chose each layer")
    func chosenLayers() throws {
        let table = try SampleResults.noisyTable()
        let (chosen, leftOut) = table.atChosenLayers()
        #expect(leftOut.isEmpty && chosen.blocks.map(\.rows.count) == [6, 6])
        for group in table.grouped(by: .layer) {
            for block in group.table.blocks {
                let nested = try #require(try BestRow.make(block).nested)
                let rows = chosen.blocks.first { $0.task == block.task }?.rows ?? []
                let row = try #require(
                    rows.first { $0.label == block.rows[0].label && $0.outputWidth == block.rows[0].outputWidth })
                #expect(row.estimate == nested.estimate)
                #expect(row.chosenLayers?.values.reduce(0, +) == 3)
            }
        }
    }

    @Test("of unlike labels or folds are not chosen among")
    func unlike() throws {
        let block = try SampleResults.noisyTable().blocks[0]
        let rows = block.rows.filter { $0.label == block.rows[0].label && $0.outputWidth == block.rows[0].outputWidth }
        #expect(rows.count == 2 && ResultRow.chosen(among: rows, block.greaterIsBetter) != nil)
        var other = rows
        other[1].unit.task.digest = "of other labels"
        #expect(ResultRow.chosen(among: other, block.greaterIsBetter) == nil)
        other = rows
        other[1].folds[0].reference.seed = 7
        #expect(ResultRow.chosen(among: other, block.greaterIsBetter) == nil)
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
