import Foundation
import Probes
import Sweeps
import Testing
import Units

@testable import Results

@Suite("Marks of rows")
struct MarkTests {
    /// The sample's accuracies with nothing to remark, changed.
    private static func rows(
        _ change: (ProbeUnit, inout UnitResult) -> Void = { _, _ in }
    ) throws -> [ResultRow] {
        try table(change).blocks[1].rows
    }

    private static func table(
        _ change: (ProbeUnit, inout UnitResult) -> Void = { _, _ in }
    ) throws -> ResultTable {
        try SampleResults.table { unit, result in
            result.diagnostics?.edges = [:]
            result.diagnostics?.isLastEpoch = false
            if result.diagnostics?.steps != nil { result.diagnostics?.steps = 900 }
            change(unit, &result)
        }
    }

    private static func marks(_ change: (ProbeUnit, inout UnitResult) -> Void) throws -> [RowMark] {
        let row = try rows(change).first { $0.unit.probe.type == "efficient" && $0.unit.features.layer == 6 }
        return try #require(row).marks
    }

    @Test("are absent from a table where all is well, which says so")
    func clean() throws {
        #expect(try Self.rows().allSatisfy { $0.marks.isEmpty })
        #expect(try Self.table().rendered(as: .text).contains("No marks: "))
        #expect(try !SampleResults.table { _, _ in }.rendered(as: .text).contains("No marks: "))
    }

    @Test("are not known of results of an earlier version, and the table says so")
    func earlier() throws {
        let table = try Self.table { _, result in (result.diagnostics, result.observations) = (nil, nil) }
        let text = table.rendered(as: .text)
        #expect(text.contains("72 of 72 results are of an earlier version") && !text.contains("No marks: "))
        #expect(!text.contains(" train ") && !text.contains("chance has"))
    }

    @Test("name a choice at the edge of its grid, the end, and in how many folds")
    func edges() throws {
        let marks = try Self.marks { unit, result in
            if unit.fold.heldOut > 0 { result.diagnostics?.edges = ["learningRate": .highest] }
            if unit.fold.heldOut == 2 { result.diagnostics?.edges["weightDecay"] = .lowest }
        }
        #expect(
            marks == [
                RowMark(.gridEdge, folds: 2, of: 3, detail: "learning rate highest (2), weight decay lowest (1)")
            ])
        #expect(marks[0].description == "grid edge 2 of 3: learning rate highest (2), weight decay lowest (1)")
    }

    @Test("name the last epoch, few steps, a fit that was cut off and an extended grid")
    func training() throws {
        let marks = try Self.marks { unit, result in
            result.diagnostics?.isLastEpoch = true
            result.diagnostics?.steps = 199 + unit.fold.heldOut
            result.diagnostics?.isCutOff = unit.fold.heldOut == 0
            result.diagnostics?.extensions = 2
        }
        #expect(
            marks == [
                RowMark(.lastEpoch, folds: 3, of: 3), RowMark(.fewSteps, folds: 1, of: 3, detail: "199 steps"),
                RowMark(.cutOff, folds: 1, of: 3), RowMark(.extended, folds: 3, of: 3),
            ])
    }

    @Test("name an inner split too small to choose by, where something was chosen")
    func innerRows() throws {
        let few = { (unit: ProbeUnit, result: inout UnitResult) -> Void in
            result.diagnostics?.innerRows = 48 + unit.fold.heldOut
        }
        #expect(try Self.marks(few) == [RowMark(.fewInnerRows, folds: 2, of: 3, detail: "48–49 rows")])
        let nothing = try Self.marks { unit, result in
            few(unit, &result)
            result.diagnostics?.chosenBy = nil
        }
        #expect(nothing.isEmpty)
    }

    @Test("name the reason where the loss chose, and diverged candidates each with its rate")
    func choice() throws {
        let marks = try Self.marks { unit, result in
            result.diagnostics?.undefined = "no positives"
            result.diagnostics?.candidates = ["learningRate": [0.1, 0.3], "weightDecay": [0, 0]]
            result.diagnostics?.diverged = unit.fold.heldOut == 0 ? [0, 1] : [1]
        }
        #expect(
            marks == [
                RowMark(.undefinedInside, folds: 3, of: 3, detail: "no positives"),
                RowMark(.diverged, folds: 3, of: 3, detail: "learning rate 0.3 (3), learning rate 0.1 (1)"),
            ])
    }

    @Test("name a figure that is undefined, with the reason")
    func undefined() throws {
        let marks = try Self.marks { unit, result in
            guard unit.fold.heldOut == 1 else { return }
            result.metrics["top1"] = nil
            result.observations?.undefined = ["top1": "the test fold is empty"]
        }
        #expect(marks == [RowMark(.undefined, folds: 1, of: 3, detail: "the test fold is empty")])
    }

    @Test("name a row whose interval covers chance")
    func chance() throws {
        let marks = try Self.marks { _, result in
            result.observations?.chance = result.metrics["top1"].map { $0 - 0.02 }
        }
        #expect(marks.map(\.kind) == [.nearChance])
        #expect(try Self.marks { $1.observations?.chance = $1.metrics["top1"].map { $0 - 0.05 } }.isEmpty)
    }

    @Test("name a row far below another probe on the same vectors, and only that")
    func farBelow() throws {
        let rows = try Self.rows { unit, result in
            if unit.probe.type == "linear", type(of: unit.solver.settings).name == "logistic" {
                result.metrics["top1"]? += 0.12
            }
        }
        for row in rows {
            let isBelow = row.label == "linear mean" || row.unit.probe.type == "knn"
            #expect(row.marks.contains { $0.kind == .farBelow } == isBelow, "\(row.label)")
        }
        let detail = rows.first { $0.label == "linear mean" }?.marks.first?.detail
        #expect(detail?.hasPrefix("linear mean logistic has 0.") == true)
    }

    @Test("name fewer than ten positives of a class under metrics of classes, not under accuracy")
    func positives() throws {
        let few = { (unit: ProbeUnit, result: inout UnitResult) -> Void in
            result.observations?.leastPositives = 9 + unit.fold.heldOut
            result.metrics["macro-f1"] = 0.5
        }
        #expect(try Self.marks(few).isEmpty)
        let cells = try SampleResults.cells().map { cell in
            var cell = cell
            cell.unit.task.metric = "macro-f1"
            if var result = cell.result {
                few(cell.unit, &result)
                cell.result = result
            }
            return cell
        }
        let table = ResultTable.make(cells, against: .parameters)
        let marks = table.blocks.flatMap(\.rows).flatMap(\.marks).filter { $0.kind == .fewPositives }
        #expect(marks.count == 24)
        #expect(marks.allSatisfy { $0.folds == 1 && $0.of == 3 && $0.detail == "9 in the least" })
        #expect(table.rendered(as: .text).contains("at least 9 positives of each class in a test fold"))
    }

    @Test("name a head that fits its training fold and not its test fold")
    func fits() throws {
        #expect(
            try Self.marks { $1.diagnostics?.trainingScore = 1 }
                == [RowMark(.fitsTraining, folds: 3, of: 3, detail: "1.0000 in training")])
        #expect(try Self.marks { $1.diagnostics?.trainingScore = 0.99 }.isEmpty)
    }

    @Test("stand in one column with a legend of the signs that occur, and in words in CSV and JSON")
    func formats() throws {
        let table = try Self.table { unit, result in
            guard unit.probe.type == "efficient", unit.features.layer == 6, unit.task.name == "lexname" else { return }
            result.diagnostics?.isLastEpoch = true
            result.diagnostics?.edges = ["learningRate": .lowest]
        }
        let text = table.rendered(as: .text)
        #expect(text.contains("*^el "))
        #expect(
            text.contains("e: a choice at an end of its grid (2 rows, in up to 3 of 3 folds; learning rate lowest)"))
        #expect(text.contains("l: the last epochs still lowered the inner loss (2 rows, in up to 3 of 3 folds)"))
        #expect(!text.contains("\ns: ") && !text.contains("No marks"))
        #expect(table.rendered(as: .markdown).contains("| \\*^el |"))
        #expect(table.rendered(as: .latex).contains("% l: the last epochs still lowered the inner loss"))
        #expect(
            table.rendered(as: .csv).contains(",grid edge 3 of 3: learning rate lowest; last epoch 3 of 3,wordnet\r\n"))
        let json = table.rendered(as: .json)
        #expect(json.contains("\"kind\" : \"grid edge\"") && json.contains("\"detail\" : \"learning rate lowest\""))
    }

    @Test("make points hollow, and the plot says how many, and by which marks")
    func plots() throws {
        let plain = try ResultPlot.svg(Self.table(), against: .layer)
        #expect(!plain.contains("Hollow"))
        let marked = try ResultPlot.svg(
            Self.table { unit, result in
                if unit.probe.type == "knn" { result.diagnostics?.innerRows = 10 }
            }, against: .layer)
        #expect(marked.contains("Hollow, 2 of 12 rows: chosen on few inner rows"))
        let hollow = { (svg: String) in svg.matches(of: /fill="#fff" stroke="/).count }
        // In both panels, and in their legends.
        #expect(hollow(marked) == hollow(plain) + 4 + 2)
    }
}

@Suite("Verdicts on rows whose training is marked")
struct VerdictTests {
    private func verdict(_ means: (Double, Double), marked: (Bool, Bool), _ kind: RowMark.Kind) throws -> String {
        let posterior = try #require(
            BayesianCorrelatedTest(
                [0.001, -0.001, 0.0005].map { means.0 - means.1 + $0 }, folds: 3, equivalence: 0.01))
        func row(_ isMarked: Bool) -> Comparison.Row {
            Comparison.Row(name: "", mean: 0, marks: isMarked ? [RowMark(kind, folds: 1, of: 3)] : [])
        }
        return "\(Verdict(posterior, row(marked.0), row(marked.1)))"
    }

    @Test("are open against a row that might be better, and stand for it")
    func convergence() throws {
        #expect(try verdict((0.9, 0.8), marked: (false, false), .fewSteps) == "first")
        #expect(try verdict((0.9, 0.8), marked: (false, true), .fewSteps) == "open: not converged")
        #expect(try verdict((0.9, 0.8), marked: (true, false), .lastEpoch) == "first: not converged")
        #expect(try verdict((0.8, 0.9), marked: (true, false), .cutOff) == "open: not converged")
        #expect(try verdict((0.8, 0.9), marked: (false, true), .gridEdge) == "second: grid edge")
        #expect(try verdict((0.8, 0.8), marked: (true, false), .fewInnerRows) == "open: few inner rows")
        #expect(try verdict((0.8, 0.8), marked: (false, false), .fewInnerRows) == "same")
    }

    @Test(
        "are not altered by observations",
        arguments: RowMark.Kind.allCases.filter { $0.qualifier == nil })
    func observations(_ kind: RowMark.Kind) throws {
        #expect(try verdict((0.9, 0.8), marked: (true, true), kind) == "first")
    }

    @Test("are qualified in a comparison, whose tests are what they were")
    func comparison() throws {
        var block = try ComparisonTests.block()
        for row in block.rows.indices { block.rows[row].marks = [] }
        let clean = try Comparison.make(block)
        block.rows[0].marks = [RowMark(.fewSteps, folds: 3, of: 3, detail: "20 steps")]
        let marked = try Comparison.make(block)
        #expect(
            zip(clean.pairs, marked.pairs).allSatisfy { $0.advantage == $1.advantage && $0.posterior == $1.posterior })
        #expect(marked.pairs.filter { $0.first == 0 }.allSatisfy { $0.verdict.hasSuffix(": not converged") })
        #expect([marked].rendered(as: .text).contains("s: fewer than 200 training steps."))
        #expect([marked].rendered(as: .csv).contains("few steps 3 of 3: 20 steps"))
    }
}
