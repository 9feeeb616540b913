import Foundation
import GRDB
import Sweeps
import TestKit
import Testing

@testable import Ledger

/// What disks, other programs and killed processes do to a ledger.
@Suite struct FaultTests {
    @Test("Acknowledged rows are there after a kill, in whole transactions", arguments: 1...6)
    func killed(seed: Int) async throws {
        let folder = try TemporaryFolder()
        try Ledger.open(folder.path).insertTestSweep(0..<4_000)
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String, seed = seed as Int] in
            let ledger = try Ledger.open(path)
            try Data().write(to: URL(fileURLWithPath: path + "/acknowledged"))
            let acknowledged = try #require(FileHandle(forWritingAtPath: path + "/acknowledged"))
            Thread {
                usleep(useconds_t(seed * 7_000))
                kill(getpid(), SIGKILL)
            }.start()
            for start in stride(from: 0, to: 4_000, by: 10) {
                try ledger.commit((start..<start + 10).map { .testResult($0) })
                try acknowledged.write(contentsOf: Data("\(start)\n".utf8))
            }
            // All is written before the time is over: wait for the end.
            while true { sleep(1) }
        }
        let ledger = try Ledger.open(folder.path)
        let finished = try ledger.reader.finished(of: 1)
        let acknowledged = try String(contentsOfFile: folder.path + "/acknowledged", encoding: .utf8)
            .split(separator: "\n").compactMap { Int($0) }
        #expect(acknowledged.allSatisfy { finished.contains($0) })
        #expect(finished.count % 10 == 0)
        // The transaction that was under way may be there too, as a whole and without acknowledgement.
        #expect(finished.count / 10 - acknowledged.count <= 1)
        #expect(try ledger.reader.integrityProblems().isEmpty)
        try ledger.commit((0..<4_000).map { .testResult($0) })
        #expect(try ledger.reader.finished(of: 1).count == 4_000)
    }

    @Test("A copy during an open transaction has what was committed before")
    func copy() throws {
        let folder = try TemporaryFolder()
        let copy = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<2_000)
        try ledger.commit((0..<7).map { .testResult($0) })
        try ledger.database.write { database in
            // Without room in memory the transaction's pages go to the log before its end.
            try database.execute(sql: "PRAGMA cache_size = 1; UPDATE sweepUnit SET cost = 99")
            for file in ["ledger.sqlite", "ledger.sqlite-wal"] {
                try FileManager.default.copyItem(atPath: folder.path + "/" + file, toPath: copy.path + "/" + file)
            }
        }
        let recovered = try Ledger.open(copy.path)
        #expect(try recovered.reader.finished(of: 1) == Set(0..<7))
        var costs: Set<Double> = []
        try recovered.reader.forEachUnfinished(of: 1) { costs.insert($0.cost) }
        #expect(costs == [1.5])
        #expect(try recovered.reader.integrityProblems().isEmpty)
    }

    @Test("A second coordinator is rejected with the first one's process, and admitted after its end")
    func secondCoordinator() throws {
        let folder = try TemporaryFolder()
        var first: Ledger? = try .open(folder.path)
        let error = #expect(throws: LedgerError.self) { try Ledger.open(folder.path) }
        #expect(error?.description.contains("process \(getpid()) on ") == true)
        #expect(error?.description.contains(folder.path) == true)
        try first?.insertTestSweep(0..<1)
        first = nil
        #expect(try Ledger.open(folder.path).reader.sweeps().count == 1)
    }

    @Test("While another program locks the ledger, commits fail temporarily and lose nothing")
    func locked() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<3)
        try ledger.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA busy_timeout = 20") }
        let other = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
        try other.inDatabase { database in
            try database.execute(sql: "BEGIN IMMEDIATE")
            let error = #expect(throws: LedgerError.self) { try ledger.commit([.testResult(0)]) }
            guard case .locked? = error, error?.isTemporary == true else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try ledger.reader.finished(of: 1).isEmpty)
            try database.execute(sql: "ROLLBACK")
        }
        try ledger.commit([.testResult(0)])
        #expect(try ledger.reader.finished(of: 1) == [0])
    }

    @Test("While the ledger is read-only, commits fail temporarily and lose nothing")
    func readOnlyForATime() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<3)
        try ledger.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = ON") }
        let error = #expect(throws: LedgerError.self) { try ledger.commit([.testResult(0)]) }
        guard case .readOnly? = error, error?.isTemporary == true else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try ledger.reader.finished(of: 1).isEmpty)
        try ledger.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = OFF") }
        try ledger.commit([.testResult(0)])
        #expect(try ledger.reader.finished(of: 1) == [0])
        #expect(try ledger.reader.integrityProblems().isEmpty)
    }

    @Test("A full ledger rejects commits temporarily, keeps its rows, and continues when there is space")
    func pageLimit() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<500)
        let limit = try ledger.database.write { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            return try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(pages + 3)") ?? 0
        }
        let payload = String(repeating: "x", count: 1_000)
        let committed = try fill(ledger, payload: payload)
        #expect(try ledger.reader.finished(of: 1) == Set(0..<committed))
        try ledger.database.write { try $0.execute(sql: "PRAGMA max_page_count = \(limit + 1_000)") }
        try ledger.commit((committed..<500).map { .testResult($0, payload: payload) })
        #expect(try ledger.reader.finished(of: 1).count == 500)
        #expect(try ledger.reader.integrityProblems().isEmpty)
    }

    @Test(
        "With a full disk the ledger rejects commits temporarily, keeps its rows, and continues when there is space",
        .enabled(if: SmallDisk.refusal == nil, "\(SmallDisk.refusal ?? "")"))
    func fullDisk() throws {
        let disk = try SmallDisk(mebibytes: 2)
        let ledger = try Ledger.open(disk.path + "/state")
        try ledger.insertTestSweep(0..<500)
        let payload = String(repeating: "x", count: 10_000)
        let committed = try fill(ledger, payload: payload)
        #expect(try ledger.reader.finished(of: 1) == Set(0..<committed))
        try disk.resize(mebibytes: 64)
        try ledger.commit((committed..<500).map { .testResult($0, payload: payload) })
        #expect(try ledger.reader.finished(of: 1).count == 500)
        #expect(try ledger.reader.integrityProblems().isEmpty)
    }

    @Test(
        "A state folder on a read-only file system is rejected with the reason",
        .enabled(if: SmallDisk.refusal == nil, "\(SmallDisk.refusal ?? "")"))
    func readOnly() throws {
        let disk = try SmallDisk(mebibytes: 8)
        try Ledger.open(disk.path + "/state").insertTestSweep(0..<3)
        try disk.makeReadOnly()
        let error = #expect(throws: LedgerError.self) { try Ledger.open(disk.path + "/state") }
        guard case .readOnly? = error, error?.isTemporary == true else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    /// Commits one result after the other until there is no room, and checks that this is temporary.
    private func fill(_ ledger: Ledger, payload: String) throws -> Int {
        for index in 0..<500 {
            do {
                try ledger.commit([.testResult(index, payload: payload)])
            } catch {
                #expect(error.isTemporary, "\(error)")
                return index
            }
        }
        Issue.record("It was never full.")
        return 500
    }

    @Test("Text, another program's database, a later version's ledger and a missing file are rejected")
    func notALedger() throws {
        let folder = try TemporaryFolder()
        #expect(throws: LedgerError.missing(path: folder.path + "/ledger.sqlite")) {
            try LedgerReader.open(folder.path)
        }
        try Data(repeating: 65, count: 10_000).write(to: URL(fileURLWithPath: folder.path + "/ledger.sqlite"))
        expectDamaged { _ = try Ledger.open(folder.path) }
        expectDamaged { _ = try LedgerReader.open(folder.path) }

        let foreign = try TemporaryFolder()
        try DatabaseQueue(path: foreign.path + "/ledger.sqlite").write {
            try $0.execute(sql: "CREATE TABLE track (id)")
        }
        expectDamaged { _ = try Ledger.open(foreign.path) }

        let later = try TemporaryFolder()
        try Ledger.open(later.path).database.write { database in
            try database.execute(sql: "INSERT INTO grdb_migrations VALUES ('9 of a later version')")
        }
        #expect(throws: LedgerError.newer(path: later.path + "/ledger.sqlite")) { try Ledger.open(later.path) }
        #expect(throws: LedgerError.newer(path: later.path + "/ledger.sqlite")) { try LedgerReader.open(later.path) }
    }

    private func expectDamaged(_ open: () throws -> Void) {
        let error = #expect(throws: LedgerError.self, performing: open)
        guard case .damaged? = error, error?.isTemporary == false else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
