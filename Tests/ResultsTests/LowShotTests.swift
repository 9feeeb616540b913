import Foundation
import Results
import Sweeps
import Testing
import Units

@Suite("Low shots and protocols in a table")
struct LowShotTests {
    /// Results of a small plan whose metric is a function of fold, draw and protocol.
    private static func cells(_ extra: String, missing: (ProbeUnit) -> Bool = { _ in false }) throws -> [ResultCell] {
        let text = """
            features: /data/wordnet
            layers: [4]
            tasks: [lexname]
            folds: {count: 3}
            probes: [{type: linear, solver: gradient}]
            \(extra)
            """
        let facts = try SampleResults.plan().facts
        let plan = try Plan.make(SweepSpecification.read(text: text, file: "a.yaml"), facts)
        let sample = try #require(SampleResults.cells().first?.result)
        return plan.passes.flatMap { pass in
            pass.units.map { planned in
                var result = sample
                let unit = planned.unit
                result.key = planned.key
                let optimism = unit.solver.selection.isOptimistic ? 0.05 : 0
                let luck = 0.03 * Double((unit.shots?.draw ?? 1) - 1)
                result.trainingSamples =
                    unit.shots.map { $0.perClass.map { 11 * $0 + $0 / 5 * unit.fold.heldOut } ?? 120 } ?? 1200
                result.metrics = ["top1": 0.5 + 0.1 * Double(unit.fold.heldOut) + luck + optimism]
                return ResultCell(unit: unit, result: missing(unit) ? nil : result)
            }
        }
    }

    @Test("Draws of a fold are averaged before folds, and their spread is shown")
    func draws() throws {
        let table = ResultTable.make(try Self.cells("shots: [5, all]\ndraws: 3"), against: .parameters)
        let rows = table.blocks[0].rows
        #expect(rows.map(\.label).sorted() == ["linear mean", "linear mean 5-shot"])
        let low = try #require(rows.first { $0.label.hasSuffix("5-shot") })
        #expect(low.folds.count == 3 && low.folds.allSatisfy { $0.draws.map(\.draw) == [0, 1, 2] })
        let estimate = try #require(low.estimate)
        #expect(abs(estimate.mean - 0.6) < 1e-12 && abs((estimate.deviation ?? 0) - 0.1) < 1e-12)
        let spread = try #require(low.spread)
        #expect(abs((spread.draw ?? 0) - 0.03) < 1e-12 && spread.seed == nil && spread.dominant == .fold)
        #expect(abs((spread.fold ?? 0) - (0.01 - 0.0009 / 3).squareRoot()) < 1e-12)
        #expect(table.rendered(as: .text).contains("fold 0.0985, draw 0.0300"))
        #expect(table.blocks[0].rows.first { $0.unit.shots == nil }?.spread == nil)
    }

    @Test("Amounts of samples are compared over the same folds, and form a curve over the number of training samples")
    func curves() throws {
        let table = ResultTable.make(try Self.cells("shots: [5, 10%, 1, all]\ndraws: 3"), against: .parameters)
        let group = try #require(table.grouped(by: .shots).first)
        let comparison = try Comparison.make(group.table.blocks[0], scope: group.name)
        #expect(comparison.folds == 3 && comparison.pairs.count == 6)
        #expect(try BestRow.make(group.table.blocks[0]).nested != nil)
        let curves = try #require(table.curves(over: .shots).first)
        #expect(curves.places == ["1", "5", "10%", "all"])
        #expect(curves.curves.map(\.name) == ["wordnet layer 4, linear mean, D_o 384"])
        try expectGolden(try ResultPlot.svg(table, against: .shots), "plot-shots.svg")
        // A plot against cost shows the rows with the most samples alone, and says so.
        let costs = try ResultPlot.svg(table, against: .parameters)
        #expect(!costs.contains("-shot") && costs.contains(">Rows not drawn: 3 trained on fewer samples.<"))
        #expect(try !ResultPlot.svg(table, against: .shots).contains("Rows not drawn"))
    }

    @Test("The field's habit of further samples to choose by is labelled with their number")
    func extra() throws {
        let table = ResultTable.make(
            try Self.cells("shots: [2, 5, 10%]\ndraws: 2\nselection: {low-shot: extra}"), against: .parameters)
        let labels = Set(table.blocks[0].rows.map(\.label))
        #expect(labels.isSuperset(of: ["linear mean 2-shot+2", "linear mean 5-shot+4"]), "\(labels)")
        #expect(table.grouped(by: .shots).map(\.name) == ["wordnet layer 4, linear mean, D_o 384"])
    }

    @Test("A fold with unfinished draws is missing")
    func missingDraw() throws {
        let cells = try Self.cells("shots: [5]\ndraws: 2") { $0.shots?.draw == 1 && $0.fold.heldOut == 2 }
        let table = ResultTable.make(cells, against: .parameters)
        #expect(table.blocks[0].rows[0].foldsDone == 2)
        #expect(table.rendered(as: .text).contains("missing"))
    }

    @Test("The rows that heads were trained on are shown for every amount of samples", arguments: TableFormat.allCases)
    func realisedRows(_ format: TableFormat) throws {
        let table = ResultTable.make(try Self.cells("shots: [5, all]\ndraws: 2"), against: .parameters)
        #expect(table.blocks[0].rows.map(\.trainingRows) == [1200...1200, 55...57])
        let text = table.rendered(as: format)
        switch format {
        case .text, .markdown: #expect(text.contains("55–57") && text.contains("1200"))
        case .latex: #expect(text.contains("55--57"))
        case .csv: #expect(text.contains(",55,57,") && text.contains(",1200,1200,"))
        case .json: #expect(text.contains("\"trainingRows\" : [\n      55,\n      57\n    ]"))
        }
    }

    /// The cells of a sweep with both protocols, whose published scores are 0.02 above the paired ones.
    private static func threeProtocols() throws -> [ResultCell] {
        try cells("protocol: both").map { cell in
            var cell = cell
            if cell.unit.solver.selection.choiceProtocol == .paired { cell.result?.metrics["top1"]? -= 0.02 }
            return cell
        }
    }

    @Test("Optimism is what choosing on the test fold adds on the same rows, apart from what more rows add")
    func protocols() throws {
        let table = ResultTable.make(try Self.threeProtocols(), against: .parameters)
        let row = try #require(table.blocks[0].rows.first)
        #expect(table.blocks[0].rows.count == 1 && !row.isOptimistic)
        #expect(abs((row.optimism ?? 0) - 0.03) < 1e-12 && abs((row.gainOfMoreRows ?? 0) - 0.02) < 1e-12)
        let text = table.rendered(as: .text)
        #expect(text.contains(" optimism more rows published ") && text.contains(" 0.0300    0.0200    0.6500 "))
        let json = table.rendered(as: .json)
        #expect(json.contains("\"pairedFolds\" : [") && json.contains("\"publishedFolds\" : ["))
    }

    @Test("Optimism is exactly 0 where the paired protocol found the same heads")
    func noOptimism() throws {
        let cells = try Self.threeProtocols()
        let honest = Dictionary(
            cells.filter { $0.unit.solver.selection.choiceProtocol == .inner }.map {
                ($0.unit.fold, $0.result?.metrics)
            },
            uniquingKeysWith: { first, _ in first })
        let same = cells.map { cell in
            var cell = cell
            if cell.unit.solver.selection.choiceProtocol == .paired {
                cell.result?.metrics = honest[cell.unit.fold].flatMap { $0 } ?? [:]
            }
            return cell
        }
        #expect(ResultTable.make(same, against: .parameters).blocks[0].rows[0].optimism == 0)
    }

    @Test("Optimism is not made of folds that are missing")
    func partialProtocols() throws {
        let cells = try Self.threeProtocols().map { cell in
            var cell = cell
            if cell.unit.fold.heldOut == 2, cell.unit.solver.selection.choiceProtocol == .paired { cell.result = nil }
            return cell
        }
        let row = ResultTable.make(cells, against: .parameters).blocks[0].rows[0]
        #expect(row.paired?.estimate != nil && row.optimism == nil && row.gainOfMoreRows == nil)
    }

    @Test("Published scores without an honest row are marked in every format", arguments: TableFormat.allCases)
    func alone(_ format: TableFormat) throws {
        let table = ResultTable.make(try Self.cells("protocol: published"), against: .parameters)
        #expect(table.blocks[0].rows[0].isOptimistic)
        #expect(table.rendered(as: format).contains("(optimistic)"))
    }
}
