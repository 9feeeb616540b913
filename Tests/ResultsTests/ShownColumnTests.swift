import Foundation
import Probes
import Sweeps
import Testing
import Units

@testable import Results

@Suite("The usual table with chosen columns")
struct ShownColumnTests {
    @Test("has those columns, in the order in which they were named")
    func shown() throws {
        let table = try SampleResults.noisyTable()
        let text = table.rendered(as: .text, options: TableOptions(columns: ["params", "probe", "metric", "std"]))
        let head = text.split(separator: "\n")[1].split(separator: " ").map(String.init)
        #expect(head == ["params", "probe", table.blocks[0].metric, "std"])
    }

    @Test("names the columns that there are when one is unknown")
    func unknown() throws {
        let table = try SampleResults.noisyTable()
        let error = #expect(throws: UnknownColumn.self) { try table.check(TableOptions(columns: ["probe", "cost"])) }
        #expect(error?.description.contains("Name some of: metric, mark, layer, probe") == true)
    }

    @Test("shows several metrics of a task, each best in its own direction, and choices by the task's own")
    func metrics() throws {
        let table = try SampleResults.noisyTable()
        let both = try table.showing(metrics: ["log-loss", "top1"])
        #expect(
            both.blocks.map { "\($0.task) \($0.metric)" } == [
                "colour log-loss", "colour top1", "lexname log-loss", "lexname top1",
            ])
        #expect(both.blocks[0] == table.blocks[0] && both.blocks[3] == table.blocks[1])
        let pivot = try PivotTable.make(both, rows: [.probes, .output, .layers], columns: [.tasks])
        // Losses of the samples are 2 − 2 · top-1 before noise; noise moves both alike, so that each has its own best.
        for column in pivot.columns.indices {
            let cells = pivot.cells.compactMap { $0[column] }
            let means = cells.compactMap { $0.row.estimate?.mean }
            let best = cells.filter(\.isBest).compactMap { $0.row.estimate?.mean }
            #expect(best == [cells[0].metric == "top1" ? means.max() : means.min()])
        }
        // A cell of several rows: the inner splits of lexname were scored by top-1, whatever is shown.
        func chosen(_ metrics: [String]) throws -> [[String: Double]?] {
            let pivot = try PivotTable.make(try table.showing(metrics: metrics), rows: [.probes], columns: [.tasks])
            return pivot.cells.compactMap {
                $0.last?.map { $0.row.folds.map { $0.result?.details?.metrics.dictionary } }
            }
            .flatMap { $0 }
        }
        #expect(try chosen(["top1"]) == chosen(["log-loss"]))
    }

    @Test("has metrics in the order in which they were asked for, task after task", arguments: [false, true])
    func metricOrder(_ isReversed: Bool) throws {
        let metrics = isReversed ? ["log-loss", "top1"] : ["top1", "log-loss"]
        let table = try SampleResults.noisyTable().showing(metrics: metrics)
        let pivot = try PivotTable.make(table, rows: [.probes, .output, .layers], columns: [.tasks])
        let names = metrics.map(DisplayName.metricWithUnit)
        #expect(pivot.columns == ["colour", "lexname"].flatMap { task in names.map { ["\(task): \($0)"] } })
    }

    @Test("names the tasks that lack a metric, which are not shown by it")
    func lacking() throws {
        var table = try SampleResults.noisyTable()
        let results = table.blocks[1].rows.reduce(0) { $0 + $1.foldsDone }
        let details = try #require(table.blocks[1].rows[0].folds[0].result?.details)
        table.blocks[1].rows[0].folds[0].result?.details = FoldDetails(
            metrics: NamedNumbers(["top1": 0.5]), choice: details.choice, testSamples: details.testSamples,
            provenance: details.provenance)
        let shown = try table.showing(metrics: ["log-loss", "top1"])
        let line = "lexname is not shown by log-loss: \(results - 1) of \(results) results have it."
        #expect(shown.lackingMetrics == [line])
        let pivot = try PivotTable.make(shown, rows: [.probes, .output, .layers], columns: [.tasks])
        #expect(pivot.columns.count == 3)
        for format in [PivotFormat.text, .markdown, .html, .latex] {
            #expect(pivot.rendered(as: format).contains(line), "\(format)")
        }
        #expect(shown.markedByMetricsShown.rendered(as: .text).contains(line))
    }

    @Test("marks the best by the metric shown, beside nothing that is by the task's own")
    func usualMetrics() throws {
        let table = try SampleResults.noisyTable().showing(metrics: ["log-loss"]).markedByMetricsShown
        let block = try #require(table.blocks.first { $0.task == "lexname" })
        let means = block.rows.compactMap { $0.estimate?.mean }
        #expect(block.rows.filter(\.isBest).compactMap { $0.estimate?.mean } == [means.min()])
        #expect(block.rows.allSatisfy { $0.trainingScore == nil && $0.chance == nil })
    }

    @Test("refuses a metric that no result has with those that there are")
    func unknownMetric() throws {
        let error = #expect(throws: PivotError.self) {
            try SampleResults.noisyTable().showing(metrics: ["top1", "accuracy"])
        }
        #expect(error?.description.contains("“accuracy”. Results have: log-loss, top1.") == true)
    }
}
