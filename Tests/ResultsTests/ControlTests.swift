import Foundation
import Identities
import Probes
import Sweeps
import Testing
import Training
import Units

@testable import Results

@Suite("Controls beside the rows that they are for")
struct ControlTests {
    /// The sample's accuracies, with a control of every row of a type of probe that is worse or better by so much.
    fileprivate static func table(
        _ controls: [(Control, type: String, Double)], folds: Range<Int> = 0..<3
    ) throws -> ResultTable {
        let cells = try SampleResults.cells().filter {
            $0.unit.task.name == "lexname" && folds.contains($0.unit.fold.heldOut)
        }
        let added = controls.flatMap { control, type, difference in
            cells.filter { $0.unit.probe.type == type }.map { cell in
                var cell = cell
                cell.unit.control = control
                cell.key = cell.unit.key
                cell.result?.metrics["top1"]? += difference
                return cell
            }
        }
        return ResultTable.make(cells + added, against: .parameters)
    }

    @Test("are labelled and marked, and neither best, nor on the front, nor compared unless they are asked for")
    func apart() throws {
        let table = try Self.table([(.null, "linear", 0.4), (.uniform, "efficient", 0.4)])
        let controls = table.blocks[0].rows.filter(\.isControl)
        #expect(controls.count == 10)
        #expect(controls.allSatisfy { !$0.isBest && !$0.isOnFront && $0.marks.contains { $0.kind == .control } })
        #expect(controls.contains { $0.label == "linear mean [null]" })
        let without = try Self.table([])
        let compared = { (table: ResultTable) in table.grouped(by: .row).map { $0.table.blocks[0].rows.map(\.name) } }
        #expect(compared(table) == compared(without))
        #expect(table.bestRows(over: .row) == without.bestRows(over: .row))
        let plot = try ResultPlot.svg(table, against: .layer)
        #expect(plot.contains(">Rows not drawn: 10 controls.<"))
        #expect(try SampleResults.drawn(plot) == SampleResults.drawn(ResultPlot.svg(without, against: .layer)))
        let asked = table.grouped(by: .row, withControls: true)[0].table.blocks[0].rows
        #expect(asked.count == 22)
    }

    @Test(
        "of permuted labels raise an alarm where they are better than chance, and only there", arguments: [true, false])
    func leakage(_ leaks: Bool) throws {
        let table = try Self.table([(.null, "linear", leaks ? -0.3 : -0.42)])
        let marks = table.blocks[0].rows.filter(\.isControl).flatMap(\.marks)
        #expect(marks.contains { $0.kind == .leakage } == leaks)
        #expect(table.rendered(as: .text).contains("LEAKAGE ALARM") == leaks)
        #expect(table.rendered(as: .json).contains("leakage alarm") == leaks)
    }

    @Test("of permuted labels say that one fold is too little for an alarm")
    func oneFold() throws {
        let text = try Self.table([(.null, "linear", 0.3)], folds: 0..<1).rendered(as: .text)
        #expect(text.contains("no leakage alarm is possible: one fold has no interval"))
        #expect(try !Self.table([(.null, "linear", 0.3)]).rendered(as: .text).contains("is possible"))
    }

    @Test("of random weights are one row over all untrained sets, whose seeds are part of its spread")
    func randomWeights() throws {
        let cells = try SampleResults.cells().filter { $0.unit.task.name == "lexname" }
        let added = (0..<3).flatMap { twin in
            cells.filter { $0.unit.probe.type == "linear" }.map { cell in
                var cell = cell
                (cell.unit.control, cell.unit.seed) = (.randomWeights, twin)
                cell.unit.features.digest += " random \(twin)"
                cell.key = cell.unit.key
                cell.result?.metrics["top1"]? -= 0.2 + 0.01 * Double(twin)
                return cell
            }
        }
        for cells in [cells + added, added.reversed() + cells] {
            let table = ResultTable.make(cells, against: .parameters)
            let controls = table.blocks[0].rows.filter { $0.label.hasSuffix("[random weights]") }
            #expect(controls.count == 6 && controls.allSatisfy { $0.isControl && $0.seeds == 3 && $0.isComplete })
            #expect(controls.allSatisfy { ($0.spread?.seed ?? 0) > 0.005 && !$0.isBest && !$0.isOnFront })
            #expect(controls.allSatisfy { $0.unit.features.digest.hasSuffix("random 0") })
            #expect(table.rendered(as: .csv).contains("random-weights"))
        }
    }

    @Test("of level 0 have the marks of other rows and that of a control, and do not compete")
    func raw() throws {
        var rows = [RowCells](try SampleResults.cells().filter { $0.unit.task.name == "lexname" })
        for index in rows.indices where rows[index].unit.features.layer == 4 { rows[index].isRaw = true }
        let table = ResultTable.make(rows, against: .parameters)
        let raw = table.blocks[0].rows.filter { $0.unit.features.layer == 4 }
        #expect(!raw.isEmpty && raw.allSatisfy { $0.isControl && $0.label.hasSuffix("[raw]") && !$0.isBest })
        #expect(raw.allSatisfy { $0.marks.contains { $0.kind == .control && $0.detail == "raw" } })
        let plain = ResultTable.make(try SampleResults.cells(), against: .parameters).blocks[1].rows
        for row in raw {
            let same = plain.first { "\($0.label) [raw]" == row.label && $0.unit == row.unit }
            let kinds = Set(row.marks.map(\.kind)).subtracting([.control])
            #expect(kinds == Set(same?.marks.map(\.kind) ?? []))
        }
        #expect(table.rendered(as: .json).contains("\"control\" : \"raw\""))
        #expect(table.grouped(by: .row)[0].table.blocks[0].rows.allSatisfy { $0.unit.features.layer == 6 })
    }

    @Test("of level 0 are compared with one another: far below, attention's part, and nothing of it with other rows")
    func rawAmongThemselves() throws {
        let cells = try SampleResults.cells().filter { $0.unit.task.name == "lexname" }.flatMap { cell in
            var (own, uniform) = (cell, cell)
            if cell.unit.probe.type == "linear" { own.result?.metrics["top1"]? -= 0.2 }
            uniform.unit.control = .uniform
            uniform.key = uniform.unit.key
            return cell.unit.probe.type == "efficient" ? [own, uniform] : [own]
        }
        var rows = [RowCells](cells)
        for index in rows.indices where rows[index].unit.features.layer == 4 { rows[index].isRaw = true }
        let raw = ResultTable.make(rows, against: .parameters).blocks[0].rows.filter { $0.isRaw }
        let plain = ResultTable.make(cells, against: .parameters).blocks[0].rows.filter {
            $0.unit.features.layer == 4
        }
        #expect(raw.contains { row in row.attentionSplit != nil && row.unit.control == nil })
        #expect(raw.map { $0.attentionSplit?.attention } == plain.map { $0.attentionSplit?.attention })
        #expect(
            raw.map { $0.marks.contains { $0.kind == .farBelow } }
                == plain.map { $0.marks.contains { $0.kind == .farBelow } })
        #expect(raw.contains { $0.marks.contains { $0.kind == .farBelow } })
    }

    @Test("of uniform attention split the gain over the mean token", arguments: [TableFormat.text, .markdown, .json])
    func split(_ format: TableFormat) throws {
        let table = try Self.table([(.uniform, "efficient", -0.01)])
        let rows = table.blocks[0].rows.filter { $0.attentionSplit != nil }
        #expect(rows.count == 4 && rows.allSatisfy { $0.unit.probe.type == "efficient" && !$0.isControl })
        for row in rows {
            let split = try #require(row.attentionSplit)
            #expect(split.linear == "linear mean" && abs(split.attention.difference - 0.01) < 1e-12)
            let gain = try #require(row.estimate).mean - split.linearMean
            #expect(abs(split.projection.difference + split.attention.difference - gain) < 1e-12)
        }
        let words = format == .json ? "\"attentionSplit\" : {" : "with uniform attention"
        #expect(table.rendered(as: format).contains(words))
    }
}

@Suite("Selectivity")
struct SelectivityTests {
    @Test(
        "is what a probe scores beyond random labels of types, paired by folds", arguments: [TableFormat.text, .json])
    func difference(_ format: TableFormat) throws {
        let table = try ControlTests.table([(.types, "linear", -0.2)])
        let rows = table.blocks[0].rows.filter { $0.selectivity != nil }
        #expect(!rows.isEmpty && rows.allSatisfy { $0.unit.probe.type == "linear" && !$0.isControl })
        for row in rows {
            let selectivity = try #require(row.selectivity)
            #expect(abs(selectivity.advantage.difference - 0.2) < 1e-12)
            #expect(abs(try #require(row.estimate).mean - selectivity.controlMean - 0.2) < 1e-12)
        }
        let words = format == .json ? "\"selectivity\" : {" : "over random labels of types"
        #expect(table.rendered(as: format).contains(words))
    }
}

@Suite("The linearity gap")
struct LinearityGapTests {
    private static let specification = """
        features: /data/wordnet
        layers: [4]
        tasks: [lexname]
        folds: {count: 3}
        probes:
          - {type: linear, input: [class, mean], solver: gradient}
          - {type: linear, solver: logistic}
          - {type: mlp, input: mean, hidden: [32]}
        """

    private static func table() throws -> ResultTable {
        let plan = try Plan.make(
            SweepSpecification.read(text: specification, file: "a.yaml"), SampleResults.plan().facts)
        let sample = try #require(SampleResults.cells().first?.result)
        let cells = plan.passes.flatMap(\.units).map { planned in
            let unit = planned.unit
            var result = sample
            result.key = planned.key
            let isSolved = type(of: unit.solver.settings).name == "logistic"
            let skill = unit.probe.type == "mlp" ? 0.62 : isSolved ? 0.6 : 0.7
            let noise = 0.004 * Double(planned.key.bytes[0]) / 256
            result.metrics = ["top1": skill + 0.01 * Double(unit.fold.heldOut) + noise]
            return ResultCell(unit: unit, result: result)
        }
        return ResultTable.make(cells, against: .parameters)
    }

    @Test("is that over the solved linear probe on the same vectors, paired by folds", arguments: TableFormat.allCases)
    func solved(_ format: TableFormat) throws {
        let table = try Self.table()
        let rows = table.blocks[0].rows.filter { $0.linearityGap != nil }
        #expect(rows.map(\.unit.probe.type) == ["mlp"])
        let gap = try #require(rows.first?.linearityGap)
        #expect(gap.linear == "linear mean logistic")
        #expect(abs(gap.advantage.difference - 0.02) < 0.004 && gap.advantage.halfWidth < 0.02)
        let text = table.rendered(as: format)
        switch format {
        case .text, .markdown, .latex: #expect(text.contains("linearity gap over linear mean logistic"))
        case .csv: #expect(text.contains("linearity_gap_low") && text.contains(",\(gap.advantage.difference),"))
        case .json: #expect(text.contains("\"linearityGap\" : {"))
        }
    }

    @Test("of mixed levels is over linear probes on levels that are normalised alike")
    func mixtures() throws {
        let text = """
            features: /data/wordnet
            layers: [4]
            tasks: [lexname]
            folds: {count: 3}
            probes:
              - {type: linear, input: mean, mix: [2, 4], mix-normalise: [layer, none]}
              - {type: mlp, input: mean, hidden: [[32]], mix: [2, 4], mix-normalise: [layer, none]}
            """
        let plan = try Plan.make(SweepSpecification.read(text: text, file: "a.yaml"), SampleResults.plan().facts)
        let sample = try #require(SampleResults.cells().first?.result)
        let cells = plan.passes.flatMap(\.units).map { planned in
            let unit = planned.unit
            var result = sample
            result.key = planned.key
            let isPlain = unit.probe.options["mix-normalise"] != nil
            let skill = (unit.probe.type == "mlp" ? 0.02 : 0) + (isPlain ? 0.5 : 0.7)
            result.metrics = ["top1": skill + 0.01 * Double(unit.fold.heldOut)]
            return ResultCell(unit: unit, result: result)
        }
        let rows = ResultTable.make(cells, against: .parameters).blocks[0].rows
        let gaps = rows.compactMap(\.linearityGap)
        #expect(gaps.count == 2 && gaps.allSatisfy { abs($0.advantage.difference - 0.02) < 1e-12 })
        #expect(rows.allSatisfy { !$0.marks.contains { $0.kind == .farBelow } })
    }
}
