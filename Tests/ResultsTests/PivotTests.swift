import Foundation
import Probes
import Sweeps
import Testing
import Units

@testable import Results

@Suite("A table to paste")
struct PivotTests {
    private static let endings: [PivotFormat: String] = [
        .text: "txt", .markdown: "md", .html: "html", .latex: "tex", .csv: "csv", .json: "json",
    ]

    /// One layer of each backbone, six probes.
    private static func table() throws -> ResultTable {
        var table = try FigureSample.table()
        for block in table.blocks.indices {
            table.blocks[block].rows.removeAll { row in
                row.unit.features.layer != (row.unit.features.set.hasPrefix("M") ? 12 : 6)
                    || !["linear", "mhca", "abmilp"].contains(row.unit.probe.type) && row.parameters < 160_000
            }
            table.blocks[block].rows[0].marks = [RowMark(.gridEdge, folds: 2, of: 3)]
        }
        return table
    }

    @Test("matches the approved output", arguments: PivotFormat.allCases)
    func golden(_ format: PivotFormat) throws {
        let pivot = try PivotTable.make(Self.table(), rows: [.probes, .output], columns: [.tasks, .features])
        try expectGolden(pivot.rendered(as: format), "pivot.\(Self.endings[format] ?? "")")
    }

    @Test("shows what its cells are asked for", arguments: CellContent.allCases)
    func contents(_ content: CellContent) throws {
        let pivot = try PivotTable.make(Self.table(), rows: [.probes, .output], columns: [.tasks, .features])
        let text = pivot.rendered(as: .markdown, PivotOptions(content: content))
        let cell = #/\| \*\*([^*]*)\*\*/#
        let best = try #require(text.firstMatch(of: cell)).output.1
        switch content {
        case .mean: #expect(best.wholeMatch(of: /[0-9.]+/) != nil)
        case .interval, .deviation: #expect(best.wholeMatch(of: /[0-9.]+ ± [0-9.]+/) != nil)
        case .parameters: #expect(best.wholeMatch(of: /[0-9.]+ \([0-9,.]+\)/) != nil)
        case .operations: #expect(best.wholeMatch(of: /[0-9.]+ \([0-9.e-]+\)/) != nil)
        }
    }

    @Test("has any axis on either side")
    func transposed() throws {
        let table = try Self.table()
        let text = try PivotTable.make(table, rows: [.tasks, .features], columns: [.probes, .output])
            .rendered(as: .csv)
        let other = try PivotTable.make(table, rows: [.probes, .output], columns: [.tasks, .features])
            .rendered(as: .csv)
        #expect(text.split(separator: "\r\n").count == other.split(separator: "\r\n").count)
        #expect(text.hasPrefix("tasks,features,probes,output,task,metric,mean"))
    }

    @Test("underlines exactly the rows that the paired test does not tell from the best")
    func underlined() throws {
        var table = try Self.table()
        table.blocks.removeFirst()
        table.blocks[0].rows.removeAll { $0.unit.features.set.hasPrefix("M") }
        let pivot = try PivotTable.make(table, rows: [.probes], columns: [.output])
        let comparison = try Comparison.make(table.blocks[0], pairing: .best)
        let tied = comparison.pairs.count { $0.correctedPValue >= 0.05 }
        #expect(tied > 0 && tied < comparison.pairs.count)
        #expect(pivot.rendered(as: .html).matches(of: /<td><u>/).count == tied)
        #expect(pivot.rendered(as: .html).matches(of: /<td><b>/).count == 1)
    }

    @Test("takes what inner splits chose where a cell has several rows")
    func chosenInside() throws {
        let table = try SampleResults.noisyTable()
        let pivot = try PivotTable.make(table, rows: [.probes, .output], columns: [.tasks])
        let text = pivot.rendered(as: .text)
        #expect(text.contains("what their inner splits chose"))
        let block = try #require(table.blocks.first { $0.metric == "top1" })
        var linear = block
        linear.rows.removeAll { $0.label != "linear mean logistic" }
        #expect(linear.rows.count == 2, "two layers")
        let nested = try #require(try BestRow.make(linear).nested).estimate.mean
        #expect(text.contains(String(format: "%.1f", 100 * nested)))
    }

    @Test("refuses an axis on both sides, and tasks that a cell would mix")
    func refusals() throws {
        let table = try Self.table()
        #expect(throws: PivotError.self) { try PivotTable.make(table, rows: [.tasks], columns: [.tasks]) }
        #expect(throws: PivotError.self) { try PivotTable.make(table, rows: [.probes], columns: [.features]) }
        #expect(throws: PivotError.self) {
            try PivotTable.make(
                ResultTable.make([ResultCell](), against: .parameters), rows: [.tasks], columns: [.probes])
        }
    }

    @Test("says which axis is missing where nothing was chosen by inner splits")
    func ambiguous() throws {
        var table = try FigureSample.table()
        for block in table.blocks.indices {
            for row in table.blocks[block].rows.indices {
                table.blocks[block].rows[row].folds[0].result?.finding.innerScore = nil
            }
        }
        let error = #expect(throws: PivotError.self) {
            try PivotTable.make(table, rows: [.probes], columns: [.tasks, .features])
        }
        #expect(error?.description.contains("differ in layers") == true)
    }

    @Test("leaves rows without all folds out of the comparison, and says so")
    func missing() throws {
        var table = try Self.table()
        table.blocks[0].rows[1].folds[0].result = nil
        let text = try PivotTable.make(table, rows: [.probes, .output], columns: [.tasks, .features])
            .rendered(as: .text)
        #expect(text.contains("[2/3]") && text.contains("of k folds are done"))
    }

    @Test("of a running sweep shows what is done, with the marks of the heads that were chosen")
    func running() throws {
        var table = try SampleResults.noisyTable()
        for index in table.blocks[0].rows.indices where table.blocks[0].rows[index].unit.features.layer == 4 {
            table.blocks[0].rows[index].folds[1].result = nil
        }
        let pivot = try PivotTable.make(table, rows: [.probes, .output], columns: [.tasks])
        #expect(pivot.rendered(as: .text).contains("[2/3]"))
        let block = table.blocks[1]
        let rows = block.rows.filter { $0.label == block.rows[0].label && $0.outputWidth == block.rows[0].outputWidth }
        let chosen = try #require(ResultRow.chosen(among: rows, block.greaterIsBetter))
        let cell = try #require(pivot.cells.joined().compactMap { $0 }.first { $0.row.unit == chosen.unit })
        let training = cell.row.marks.filter(\.kind.isOfTraining)
        #expect(training == TrainingMarks(of: chosen).marks && cell.row.estimate == chosen.estimate)
    }

    @Test("says that figures were chosen on the test folds")
    func optimistic() throws {
        var table = try Self.table()
        let honest = try PivotTable.make(table, rows: [.probes, .output], columns: [.tasks, .features])
        #expect(!honest.rendered(as: .json).contains("optimistic"))
        for row in table.blocks[0].rows.indices {
            table.blocks[0].rows[row].unit.solver.selection.protocol = "published"
        }
        let pivot = try PivotTable.make(table, rows: [.probes, .output], columns: [.tasks, .features])
        for format in [PivotFormat.text, .markdown, .html, .latex] {
            let text = pivot.rendered(as: format)
            #expect(
                text.contains("\(table.blocks[0].task): chosen on the test folds, which is optimistic."), "\(format)")
            #expect(!text.contains("\(table.blocks[1].task): chosen on"))
        }
        #expect(pivot.rendered(as: .json).contains("\"optimistic\" : true"))
        let lines = pivot.rendered(as: .csv).split(separator: "\r\n")
        #expect(lines[0].hasSuffix(",optimistic"))
        #expect(Set(lines.dropFirst().map { $0.split(separator: ",").last.map(String.init) }) == ["true", "false"])
    }

    @Test("calls backbones what the specification calls them")
    func backbones() throws {
        var table = try Self.table()
        for block in table.blocks.indices {
            for row in table.blocks[block].rows.indices {
                table.blocks[block].rows[row].features =
                    table.blocks[block].rows[row].features.hasPrefix("M") ? "ours" : "theirs"
            }
        }
        let pivot = try PivotTable.make(table, rows: [.probes, .output], columns: [.tasks, .features])
        #expect(Set(pivot.columns.map { $0[1] }) == ["ours", "theirs"])
        let svg = try CostGrid(table, against: .parameters).svg()
        #expect(svg.contains("ours") && svg.contains("theirs") && !svg.contains("ViT-S"))
    }

    @Test("has one place for a label, the same in every run, whatever ranks its rows have")
    func places() throws {
        var table = try Self.table()
        var block = table.blocks[0]
        block.rows = zip(block.rows, [(50, 384), (96, 384), (50, 120)]).map { row, width in
            var row = row
            (row.outputWidth, row.unit.features.width) = width
            return row
        }
        table.blocks = [block]
        #expect(TableAxis.output.places(of: table.blocks).mapValues(\.rank) == ["50": 50.0 / 384, "D/4": 0.25])
        #expect(try PivotTable.make(table, rows: [.output], columns: [.probes]).rows == [["50"], ["D/4"]])
    }

    @Test("keeps the words of a probe that its training's name has too")
    func words() throws {
        var row = try Self.table().blocks[0].rows[0]
        let name = row.displayName
        row.label = row.unit.probeLabel + " " + name
        #expect(row.displayNameOfProbe == name && row.displayNameOfTraining == name)
        #expect(row.displayName == "\(name) \(name)")
    }

    @Test(
        "names a perceptron by what is not its default",
        arguments: [("none", ["mean", "100", "relu", "no-norm"]), ("batch", ["mean", "100", "relu"])])
    func perceptron(_ norm: String, _ words: [String]) throws {
        var unit = try Self.table().blocks[0].rows[0].unit
        unit.probe = try ProbeCatalog.complete(
            ProbeConfiguration(
                type: "mlp",
                options: ["hidden": .list([.integer(100)]), "activation": .text("relu"), "head-norm": .text(norm)]))
        #expect(unit.optionWords(leavingOut: []) == words)
    }

    @Test("leaves out a cost that is not known")
    func unknownCost() throws {
        var table = try Self.table()
        for row in table.blocks[0].rows.indices { table.blocks[0].rows[row].referenceMACs = 0 }
        table.blocks = [table.blocks[0]]
        let pivot = try PivotTable.make(table, rows: [.probes, .output], columns: [.tasks, .features])
        #expect(!pivot.rendered(as: .json).contains("referenceGFLOPs"))
        #expect(!table.rendered(as: .json).contains("reference"))
    }

    @Test("of one test fold claims neither an interval nor a test")
    func oneFold() throws {
        var table = try Self.table()
        for block in table.blocks.indices {
            for row in table.blocks[block].rows.indices {
                let first = table.blocks[block].rows[row].folds[0]
                table.blocks[block].rows[row].folds = [first]
                table.blocks[block].rows[row].estimate = FoldEstimate([first.result?.score ?? 0], folds: 1)
            }
        }
        let pivot = try PivotTable.make(table, rows: [.probes, .output], columns: [.tasks, .features])
        for format in [PivotFormat.text, .markdown, .html] {
            let text = pivot.rendered(as: format)
            #expect(!text.contains("±") && !text.contains("not told apart") && !text.contains("1 folds"), "\(text)")
            #expect(text.contains("on one test fold, which has no interval."), "\(text)")
            #expect(text.contains("Not tested: "), "\(text)")
        }
    }

    @Test("says over how many folds where rows have unlike numbers")
    func unlikeFolds() throws {
        var table = try Self.table()
        table.blocks[0].rows[0].folds.removeLast()
        let pivot = try PivotTable.make(table, rows: [.probes, .output], columns: [.tasks, .features])
        #expect(pivot.rendered(as: .text).contains("over 2–3 folds."))
    }

    @Test("has one row for a perceptron over backbones of unlike width, under the width that was given")
    func perceptron() throws {
        var table = try Self.table()
        var block = table.blocks[0]
        block.rows = [128, 384].map { width in
            var row = block.rows[0]
            row.unit.probe.type = "mlp"
            row.unit.probe.options = ["hidden": .list([.integer(512)])]
            (row.outputWidth, row.unit.features.width, row.features) = (512, width, "of width \(width)")
            return row
        }
        table.blocks = [block]
        let pivot = try PivotTable.make(table, rows: [.probes, .output], columns: [.features])
        #expect(pivot.rows.map { $0[1] } == ["512"] && pivot.cells[0].count == 2)
        #expect(Set(block.rows.map { $0.name(without: .features) }).count == 1)
    }
}
