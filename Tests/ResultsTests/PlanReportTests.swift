import Results
import Sweeps
import Testing
import Training
import Units

@Suite("A plan's report")
struct PlanReportTests {
    @Test("matches the approved output")
    func golden() throws {
        let report = PlanReport(try SampleResults.plan(), workers: 2)
        try expectGolden(report.text, "plan.txt")
        try expectGolden(report.json, "plan.json")
    }

    @Test("shows the rows of each fold, of inner folds the least and the most")
    func rows() throws {
        var report = PlanReport(try SampleResults.plan(), workers: 1)
        func rows(_ selection: SelectionSettings, heldOut: Int, _ counts: RowCounts) -> PlannedRows {
            PlannedRows(
                set: "birds", task: "species",
                fold: FoldReference(scheme: "grouped", count: 5, seed: 0, repetition: 0, heldOut: heldOut),
                selection: selection, shots: nil, rows: counts)
        }
        report.rows = [
            rows(
                SelectionSettings(fraction: 0.1, refit: false), heldOut: 2,
                RowCounts(training: [430], validation: [920], test: 150)),
            rows(
                SelectionSettings(fraction: 0, refit: true, folds: 3), heldOut: 3,
                RowCounts(training: [800, 820, 780], validation: [400, 380, 420], test: 300)),
        ]
        let lines = report.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.contains(["birds", "species", "0.1", "held", "back", "0", "2", "430", "920", "150"]))
        #expect(lines.contains(["birds", "species", "3", "inner", "folds", "0", "3", "780–820", "380–420", "300"]))
        #expect(report.json.contains("\"validation\""))
        let warning = try #require(report.rows[0].warning)
        #expect(warning.contains("fold 2: 920 of 1350 rows are held back"))
        #expect(report.rows[1].warning == nil)
    }

    @Test("counts every unit once, by probe and by pass")
    func sums() throws {
        let plan = try SampleResults.plan()
        let report = PlanReport(plan, workers: 1)
        #expect(report.units == plan.unitCount)
        #expect(report.probes.reduce(0) { $0 + $1.units } == plan.unitCount)
    }

    @Test("has no time to go if every unit is done, whatever was predicted")
    func finished() throws {
        let plan = try SampleResults.plan()
        let learnedCosts = PlanLearnedCosts(corrections: [:], speed: 1, done: plan.unitCount, secondsDone: 0)
        #expect(PlanReport(plan, workers: 1, learnedCosts: learnedCosts).secondsToGo == 0)
    }

    @Test("uses the rates of a measured machine, and adds its workers' start")
    func measured() throws {
        let plan = try SampleResults.plan()
        var machine = CostModel.reference
        machine.paces = machine.paces.mapValues { 2 * $0 }
        machine.reading /= 2
        let report = PlanReport(plan, workers: 2, machine: machine, startSeconds: 3)
        let reference = PlanReport(plan, workers: 2)
        #expect(abs(report.seconds - 3 - 2 * reference.seconds) < 1e-9 * report.seconds)
        #expect(report.text.contains("this machine") && !reference.text.contains("this machine"))
    }

    @Test("divides the predicted time among workers")
    func workers() throws {
        let plan = try SampleResults.plan()
        let (one, four) = (PlanReport(plan, workers: 1), PlanReport(plan, workers: 4))
        #expect(abs(one.seconds - 4 * four.seconds) < 1e-9 * one.seconds)
    }
}
