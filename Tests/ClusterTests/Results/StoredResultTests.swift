import Foundation
import Identities
import Ledger
@testable import Results
import Sweeps
import Testing
import Transport
import Units

@testable import Cluster

/// Ledgers hold what earlier versions committed unread.
@Suite("A stored result that cannot be used")
struct StoredResultTests {
    /// A sweep of which the first four results are junk, of another unit, impossible in a count and in a metric, and
    /// the last has predictions that are none.
    private struct Spoiled {
        let sweep: SmallSweep
        let ledger: Ledger
        let keys: [UnitKey]

        init() async throws {
            sweep = try SmallSweep()
            ledger = try Ledger.open(sweep.state)
            keys = try await sweep.enter(into: ledger)
            #expect(keys.count == 12)
            var payloads = try keys.map { try SmallSweep.payload($0) }
            payloads[0] = Data("junk".utf8)
            payloads[1] = payloads[2]
            payloads[2] = try SmallSweep.payload(keys[2]) { $0.trainingSamples = .max }
            payloads[3] = try SmallSweep.payload(keys[3]) { $0.metrics["top1"] = 1e200 }
            payloads[11] = Data(
                ResultPayload(result: ResultPayload(Array(payloads[11])).result, predictions: [9, 9]).bytes)
            try ledger.commit(
                zip(keys, payloads).map { .result($0, Attempt(number: 1), worker: "worker-1", payload: Array($1)) })
        }

        var reader: LedgerReader { ledger.reader }

        /// In the sweep's order.
        func cells() throws -> [RowCells.Cell] {
            let rows = try SweepTable.rows(of: try reader.find("small"), in: reader)
            let cells = Dictionary(uniqueKeysWithValues: rows.flatMap(\.cells).map { ($0.key, $0) })
            return keys.compactMap { cells[$0] }
        }

        func table() throws -> ResultTable { try SweepTable.make("small", in: reader, against: .parameters) }
    }

    @Test("makes its own cell missing, with what was found and what mends it", arguments: TableFormat.allCases)
    func table(format: TableFormat) async throws {
        let spoiled = try await Spoiled()
        let text = try spoiled.table().rendered(as: format, options: TableOptions(times: true, choices: true))
        let cells = try spoiled.cells()
        #expect(cells.filter { $0.result == nil }.map(\.key) == Array(spoiled.keys[..<4]))
        let reasons = cells.prefix(4).compactMap(\.reasonMissing)
        for (reason, found) in zip(
            reasons,
            [
                "it is not a result in JSON", "expected \(spoiled.keys[1])",
                "trainingSamples is 9223372036854775807, expected 0 to 60", "metrics.top1 is 1e+200, expected 0 to 1",
            ])
        {
            #expect(reason.contains(found), "\(reason)")
        }
        for reason in reasons {
            #expect(reason.contains("“probesweep discard” has the unit trained again"))
            if [.text, .markdown].contains(format) {
                #expect(text.contains("stored result cannot be used"), "\(text)")
            }
        }
        #expect(!text.isEmpty)
    }

    @Test("is named by the table that reads it, with a command that a shell takes as it stands")
    func command() async throws {
        let spoiled = try await Spoiled()
        let lines = try spoiled.table().unreadableResults
        let keys = spoiled.keys[..<4].map { "\($0)" }.sorted()
        #expect(lines.first == "4 stored results of sweep 1 cannot be used, and counted as missing:")
        #expect(zip(lines.dropFirst(), keys).allSatisfy { $0.hasPrefix("  unit \($1): ") }, "\(lines)")
        let command = "probesweep discard 1" + keys.map { " --unit \($0)" }.joined() + " --yes --state "
        #expect(lines.last == "To train them again: \(command)\(spoiled.sweep.state)", "\(lines)")
        var selected = try spoiled.table()
        selected.blocks = []
        #expect(selected.unreadableResults.isEmpty)
    }

    @Test("spoils no plot, curve, best row or interval")
    func figures() async throws {
        let spoiled = try await Spoiled()
        let table = try spoiled.table()
        for axis in [ResultPlot.Axis.parameters, .operations] {
            #expect(try ResultPlot.svg(table, against: axis).contains("</svg>"))
        }
        for axis in [RowAxis.layer, .output, .shots] { #expect(!table.curves(over: axis).rendered(as: .text).isEmpty) }
        #expect(!table.bestRows(over: .row).rendered(as: .text).isEmpty)
        let pooled = try KeptPredictions.pooled(table, of: "small", in: spoiled.reader, resamples: 100)
        #expect(pooled.unreadable.map(\.key) == [spoiled.keys[11]])
        #expect(pooled.table.blocks[0].rows.contains { $0.pooled != nil })
    }

    @Test("is named where complete rows are compared")
    func comparison() async throws {
        let spoiled = try await Spoiled()
        for group in try spoiled.table().grouped(by: .row) {
            let error = #expect(throws: ComparisonError.self) {
                try Comparison.make(group.table.blocks[0], scope: group.name, pairing: .best, equivalence: 0.01)
            }
            #expect(error.map { "\($0)" }?.contains("probesweep discard") == true)
        }
    }

    @Test("is missing where predictions are scored again, and so are those whose predictions are none")
    func rescored() async throws {
        let spoiled = try await Spoiled()
        let (table, missing) = try Rescoring.table(
            "small", metric: "ece", in: spoiled.reader, against: .parameters)
        let folds = table.blocks.flatMap(\.rows).flatMap(\.folds)
        #expect(Set(folds.filter { $0.result == nil }.map(\.key)) == Set(spoiled.keys[..<4] + [spoiled.keys[11]]))
        #expect(folds.allSatisfy { $0.result != nil || $0.reasonMissing?.contains("discard") == true })
        #expect(missing == 0)
        let (classes, leftOut) = try Rescoring.classes("small", in: spoiled.reader)
        #expect(!classes.rows.isEmpty)
        #expect(leftOut.count == 5 && leftOut.allSatisfy { $0.contains("discard") }, "\(leftOut)")
    }

    @Test("has no head to export, and says why")
    func head() async throws {
        let spoiled = try await Spoiled()
        let export = HeadExport(
            spoiled.reader,
            settings: .init(threads: 1, memoryBudget: 1 << 30, featureRoots: [], programVersion: "test"))
        for key in spoiled.keys[..<4] {
            let error = #expect(throws: UnreadableResult.self) { try export.head(of: "\(key)", in: "small") }
            #expect(error?.key == key)
            #expect(error.map { "\($0)" }?.hasSuffix("--unit \(key) --yes --state \(spoiled.sweep.state)") == true)
        }
    }

    @Test("is gone once it is discarded")
    func discarded() async throws {
        let spoiled = try await Spoiled()
        let request = DiscardRequest(sweep: "small", units: spoiled.keys[..<4].map { String("\($0)".prefix(12)) })
        let summary = try Discarding.preview(request, in: spoiled.reader)
        #expect(summary.results == 4)
        #expect(summary.announcement == "4 results of sweep small (1), reported by worker-1: 4, will be trained again.")
        #expect(try Discarding.apply(request, to: spoiled.ledger).results == 4)
        let cells = try spoiled.cells()
        #expect(cells.count { $0.result == nil } == 4)
        #expect(cells.allSatisfy { $0.reasonMissing == nil })
        let error = #expect(throws: DiscardError.self) {
            try Discarding.preview(DiscardRequest(sweep: "small", worker: "worker-9"), in: spoiled.reader)
        }
        #expect(error.map { "\($0)" }?.contains("it has 8, reported by worker-1: 8, committed from 20") == true)
        #expect(throws: DiscardError.unknownUnit("00000000", sweep: "small", matches: 0)) {
            try Discarding.preview(DiscardRequest(sweep: "small", units: ["00000000"]), in: spoiled.reader)
        }
        let held = #expect(throws: DiscardError.self) { try Discarding.open(spoiled.sweep.state) }
        #expect(held.map { "\($0)" }?.contains("--connect and --keys") == true)
    }
}
