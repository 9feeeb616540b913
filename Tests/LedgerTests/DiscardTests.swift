import Foundation
import GRDB
import Identities
import Sweeps
import Testing

@testable import Ledger

@Suite("Removing results")
struct DiscardTests {
    /// Six units of sweep 1, four of them shared with sweep 2; a, b, a, b reported the first four.
    private func ledger(_ folder: TemporaryFolder) throws -> Ledger {
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<6)
        try ledger.insertTestSweep(2..<8, name: "other")
        let payload = ResultPayload(result: Array("{}".utf8), predictions: [1]).bytes
        try ledger.commit(
            (0..<4).map { index in
                .result(testUnit(index).key, 1, worker: index % 2 == 0 ? "a" : "b", payload: payload)
            })
        return ledger
    }

    private func date(_ units: [Int], _ seconds: Int, in ledger: Ledger) throws {
        for unit in units {
            try ledger.database.write {
                try $0.execute(
                    sql: "UPDATE result SET committedAt = ? WHERE unit = (SELECT id FROM unit WHERE key = ?)",
                    arguments: [seconds, testUnit(unit).key])
            }
        }
    }

    @Test("is previewed with workers, times and the sweeps that share the units, without changes")
    func preview() throws {
        let folder = try TemporaryFolder()
        let ledger = try ledger(folder)
        try date([0, 1], 100, in: ledger)
        try date([2, 3], 200, in: ledger)
        let all = try LedgerReader.open(folder.path).results(ResultSelection(), of: 1)
        #expect(all.units == (0..<4).map { testUnit($0).key })
        #expect(all.workers == ["a": 2, "b": 2])
        #expect(all.committed == Date(timeIntervalSince1970: 100)...Date(timeIntervalSince1970: 200))
        #expect(all.sharing == [SharingSweep(id: 2, name: "other", state: .active, units: 2)])
        #expect(try ledger.reader.finished(of: 1) == [0, 1, 2, 3])
    }

    @Test("selects the results that match every part of the selection")
    func selection() throws {
        let folder = try TemporaryFolder()
        let ledger = try ledger(folder)
        try date([0, 1], 100, in: ledger)
        try date([2, 3], 200, in: ledger)
        func found(_ selection: ResultSelection) throws -> [UnitKey] {
            try ledger.reader.results(selection, of: 1).units
        }
        let keys = (0..<6).map { testUnit($0).key }
        #expect(try found(ResultSelection(worker: "a")) == [keys[0], keys[2]])
        #expect(try found(ResultSelection(units: [keys[3], keys[5]])) == [keys[3]])
        #expect(try found(ResultSelection(since: Date(timeIntervalSince1970: 150))) == [keys[2], keys[3]])
        #expect(try found(ResultSelection(until: Date(timeIntervalSince1970: 150))) == [keys[0], keys[1]])
        #expect(try found(ResultSelection(units: [keys[0]], worker: "b")).isEmpty)
    }

    @Test("removes results, predictions and failures, and lists the units for every active sweep that has them")
    func removal() throws {
        let folder = try TemporaryFolder()
        let ledger = try ledger(folder)
        try ledger.commit([
            .failure(FailureRecord(unit: testUnit(2).key, attempt: 9, worker: "a", cause: .error, reason: "r"))
        ])
        let keys = (0..<6).map { testUnit($0).key }
        let discarded = try ledger.discard(ResultSelection(worker: "a"), of: 1)
        #expect(discarded.map(\.sweep) == [1, 1, 2])
        #expect(discarded.map(\.key) == [keys[0], keys[2], keys[2]])
        #expect(discarded.allSatisfy { $0.pass == "p" && $0.cost == 1.5 })
        #expect(try ledger.reader.finished(of: 1) == [1, 3])
        #expect(try ledger.reader.history(of: 1).failures.isEmpty)
        var kept: [UnitKey] = []
        try ledger.reader.forEachPrediction(of: keys) { key, _ in kept.append(key) }
        #expect(kept == [keys[1], keys[3]])
        #expect(try ledger.reader.integrityProblems().isEmpty)
        // And again, now that the first is done.
        #expect(try ledger.discard(ResultSelection(worker: "a"), of: 1).isEmpty)
        try ledger.commit([.testResult(0)])
        #expect(try ledger.reader.finished(of: 1) == [0, 1, 3])
    }

    @Test("finds units by the first digits of their keys")
    func prefixes() throws {
        let folder = try TemporaryFolder()
        let ledger = try ledger(folder)
        let key = testUnit(3).key
        #expect(try ledger.reader.keys(beginning: "\(key)", of: 1) == [key])
        #expect(try ledger.reader.keys(beginning: String("\(key)".prefix(63)), of: 1).contains(key))
        #expect(try ledger.reader.keys(beginning: "", of: 1).count == 6)
        #expect(try ledger.reader.keys(beginning: "\(key)", of: 2) == [key])
        #expect(try ledger.reader.keys(beginning: "\(testUnit(0).key)", of: 2).isEmpty)
    }
}
