import Foundation
import Identities
import Sweeps
import Testing

@testable import Ledger

@Suite struct LedgerTests {
    @Test("A sweep is inserted, results are committed once, and unfinished units are read after reopening")
    func life() throws {
        let folder = try TemporaryFolder()
        var ledger: Ledger? = try .open(folder.path)
        let units = (0..<10).map(testUnit)
        let receipt = try #require(ledger).insert(
            .test(),
            passes: [
                NewPass(name: "p0", folder: "/f", units: units[..<6]),
                NewPass(name: "p1", folder: "/g", units: units[6...]),
            ])
        #expect(receipt == SweepReceipt(sweep: 1, units: 10, alreadyDone: 0))
        let commit = try #require(ledger).commit([
            .result(units[2].key, Attempt(incarnation: 1, counter: 0), worker: "w", payload: Array("{}".utf8)),
            .result(units[2].key, Attempt(incarnation: 2, counter: 0), worker: "v", payload: Array("{\"x\":1}".utf8)),
            .failure(FailureRecord(unit: units[3].key, attempt: 5, worker: "w", cause: .death, reason: "gone")),
            .quarantine(units[4].key, reason: "bad"),
        ])
        #expect(commit.committed == 1 && commit.duplicates == [units[2].key])
        #expect(try ledger?.nextIncarnation() == 1)
        ledger = nil

        let again = try Ledger.open(folder.path)
        #expect(try again.nextIncarnation() == 2)
        #expect(try again.reader.unfinishedKeys(of: 1) == units.map(\.key).filter { $0 != units[2].key })
        let rows = try LedgerReader.open(folder.path).rows(of: 1)
        #expect(rows.map(\.canonicalForm) == units.map(\.canonicalForm))
        #expect(rows[2].payload == Data("{}".utf8))
        #expect(rows[4].quarantine == "bad")
        let sweep = try again.reader.sweep("s")
        #expect(sweep.done == 1 && sweep.quarantined == 1 && sweep.units == 10 && sweep.unfinished == 8)
        #expect(try again.reader.passes(of: 1).map(\.folder) == ["/f", "/g"])
        #expect(try again.reader.history(of: 1).failures.map(\.reason) == ["gone"])
        #expect(try again.reader.source(of: 1).specification == "name: s")
        #expect(try again.reader.integrityProblems().isEmpty)
    }

    @Test("Two sweeps share common units and their results")
    func sharedUnits() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<6, name: "first")
        try ledger.commit([.testResult(4), .testResult(5)])
        #expect(try ledger.insertTestSweep(4..<10, name: "second") == SweepReceipt(sweep: 2, units: 6, alreadyDone: 2))
        try ledger.commit([.testResult(6), .testResult(0)])
        #expect(try ledger.reader.finished(of: 1) == [0, 4, 5])
        #expect(try ledger.reader.finished(of: 2) == [0, 1, 2])
        #expect(try ledger.reader.sweeps().map(\.done) == [3, 3])
        #expect(try ledger.reader.unfinishedKeys(of: 2) == (7..<10).map { testUnit($0).key })
    }

    @Test("Units are to be trained for active sweeps, unless they are done or in quarantine")
    func unitsToTrain() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<4, name: "first")
        try ledger.insertTestSweep(3..<8, name: "second")
        try ledger.commit([.testResult(0), .quarantine(testUnit(1).key, reason: "bad")])
        #expect(try ledger.reader.unitsToTrain() == Set((2..<8).map { testUnit($0).key }))
        try ledger.cancel(2)
        #expect(try ledger.reader.unitsToTrain() == Set([2, 3].map { testUnit($0).key }))
    }

    @Test("A unit that occurs twice in a sweep is one unit in two cells")
    func twice() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        let units = [0, 1, 0].map(testUnit)
        #expect(try ledger.insert(.test(), passes: [NewPass(name: "p", folder: "/f", units: units)]).units == 3)
        try ledger.commit([.testResult(0)])
        #expect(try ledger.reader.finished(of: 1) == [0, 2])
        #expect(try ledger.reader.sweep("s").done == 2)
    }

    @Test("A name means the latest sweep of that name; an earlier one is found by its number")
    func superseded() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<2)
        try ledger.insertTestSweep(0..<4)
        try ledger.cancel(1)
        #expect(try ledger.reader.sweep("s").id == 2)
        #expect(try ledger.reader.sweep("1").state == .cancelled)
        #expect(try ledger.reader.sweeps().map(\.state) == [.cancelled, .active])
        let error = #expect(throws: LedgerError.self) { try ledger.reader.sweep("t") }
        #expect(error == .unknownSweep("t", known: ["1 s", "2 s"]))
    }

    @Test("A sweep that cannot be inserted completely leaves nothing behind")
    func insertionIsWhole() throws {
        struct Broken: Error {}
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        let duplicate = NewPass(name: "p", folder: "/f", units: (0..<3).map(testUnit))
        #expect(throws: LedgerError.self) { try ledger.insert(.test(), passes: [duplicate, duplicate]) }
        #expect(try ledger.reader.sweeps().isEmpty)
        #expect(throws: LedgerError.unknownUnit(testUnit(0).key.description)) { try ledger.commit([.testResult(0)]) }
        #expect(try ledger.insertTestSweep(0..<3).units == 3)
    }

    @Test("A commit with one bad row changes nothing")
    func commitIsWhole() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<3)
        #expect(throws: LedgerError.unknownUnit(testUnit(9).key.description)) {
            try ledger.commit([.testResult(0), .testResult(9)])
        }
        #expect(try ledger.reader.finished(of: 1).isEmpty)
        #expect(throws: LedgerError.self) { try ledger.commit([.testResult(0), .testResult(1, payload: "")]) }
        #expect(try ledger.reader.finished(of: 1).isEmpty)
    }

    @Test("Failures count until they are forgiven or the unit has a result; a result ends a quarantine")
    func blame() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<4)
        func failure(_ unit: Int, _ attempt: UInt64) -> LedgerRow {
            .failure(
                FailureRecord(
                    unit: testUnit(unit).key, attempt: Attempt(number: attempt), worker: "w", cause: .error,
                    reason: "\(attempt)"))
        }
        try ledger.commit([failure(0, 1), failure(0, 2), failure(1, 1), failure(2, 3), failure(3, 4), failure(0, 1)])
        try ledger.commit([
            .forgiven(testUnit(0).key, 1), .testResult(1), .quarantine(testUnit(2).key, reason: "a"),
            .quarantine(testUnit(2).key, reason: "b"), .quarantine(testUnit(3).key, reason: "c"),
        ])
        let history = try ledger.reader.history(of: 1)
        #expect(history.failures.map(\.attempt) == [2, 3, 4])
        #expect(history.quarantined == [testUnit(2).key: "b", testUnit(3).key: "c"])
        try ledger.commit([.release(testUnit(2).key), .testResult(3)])
        #expect(try ledger.reader.history(of: 1).quarantined.isEmpty)
        #expect(try ledger.reader.history(of: 1).failures.map(\.attempt) == [2])
    }

    @Test("With concurrent writers each unit gets one result", arguments: [2, 8])
    func racingWriters(count: Int) async throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<200)
        let receipts = try await withThrowingTaskGroup(of: [CommitReceipt].self) { group in
            for writer in 0..<count {
                group.addTask {
                    try stride(from: 0, to: 200, by: 20).map { start in
                        try ledger.commit((start..<start + 20).map { .testResult($0, worker: "w\(writer)") })
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(receipts.reduce(0) { $0 + $1.committed } == 200)
        #expect(receipts.reduce(0) { $0 + $1.duplicates.count } == 200 * (count - 1))
        #expect(try ledger.reader.finished(of: 1).count == 200)
    }

    @Test("A reader sees a snapshot of what was committed when it began, while writers continue")
    func snapshot() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<50)
        for reader in [ledger.reader, try LedgerReader.open(folder.path)] {
            let before = try reader.finished(of: 1).count
            var seen = 0
            try reader.forEachRow(of: 1) { row in
                if row.payload != nil { seen += 1 }
                // Every second unit, whether it is before or behind the reader's place.
                let index = (row.position * 7 + before) % 50
                try ledger.commit([.testResult(index)])
            }
            #expect(seen == before)
        }
        #expect(try ledger.reader.finished(of: 1).count == 50)
        #expect(try ledger.reader.integrityProblems().isEmpty)
    }

    @Test("Present workers and suspended hosts outlive the coordinator, and absent ones do not")
    func remembersWorkers() throws {
        let folder = try TemporaryFolder()
        var ledger: Ledger? = try Ledger.open(folder.path)
        try ledger?.remember(worker: "stays", isPresent: true)
        try ledger?.remember(worker: "leaves", isPresent: true)
        try ledger?.remember(worker: "leaves", isPresent: false)
        let bad = SuspendedHost(host: "m1", label: "bad", reason: "it fails")
        try ledger?.suspend(SuspendedHost(host: "m1", label: "bad", reason: "it failed before"))
        try ledger?.suspend(bad)
        try ledger?.suspend(SuspendedHost(host: "m2", label: "good again", reason: "for a while"))
        try ledger?.resume(host: "m2")
        ledger = nil
        let reader = try Ledger.open(folder.path).reader
        #expect(try reader.presentWorkers() == ["stays"])
        #expect(try reader.suspendedHosts() == [bad])
    }

    @Test("Standard error that is added later is in the reasons of the failure and of the quarantine")
    func keepsLastWords() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<3)
        let key = testUnit(1).key
        for reason in ["gone", "gone; its last standard error: boom"] {
            try ledger.commit([
                .failure(FailureRecord(unit: key, attempt: 5, worker: "w", cause: .death, reason: reason)),
                .quarantine(key, reason: reason),
            ])
        }
        #expect(try ledger.reader.history(of: 1).failures.map(\.reason) == ["gone; its last standard error: boom"])
        #expect(
            try ledger.reader.quarantine(limit: 10) == [
                QuarantinedUnit(key: key, reason: "gone; its last standard error: boom")
            ])
    }
}
