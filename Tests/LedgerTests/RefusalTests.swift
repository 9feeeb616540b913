import Foundation
import GRDB
import Identities
import Sweeps
import Testing

@testable import Ledger

@Suite("Rows that can never be written")
struct RefusalTests {
    @Test("are returned one by one, and the others are written")
    func possible() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<4)
        let stranger = testUnit(99).key
        let rows: [LedgerRow] = [
            .testResult(0), .testResult(1, payload: ""), .result(stranger, 1, worker: "w", payload: [1]),
            .quarantine(stranger, reason: "r"), .testResult(2, worker: ""), .testResult(3),
        ]
        let refused = try ledger.commitPossible(rows)
        #expect(refused.map(\.row) == Array(rows[1...4]))
        #expect(refused.allSatisfy { $0.error.isFaultOfRows && !$0.error.isTemporary })
        #expect(try ledger.reader.finished(of: 1) == [0, 3])
        #expect(try ledger.reader.integrityProblems().isEmpty)
    }

    @Test("are distinguished from temporary errors, which write nothing and are no row's fault")
    func passing() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<2)
        try ledger.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = ON") }
        let error = #expect(throws: LedgerError.self) { try ledger.commitPossible([.testResult(0), .testResult(1)]) }
        #expect(error?.isFaultOfRows == false)
        #expect(try ledger.reader.finished(of: 1).isEmpty)
    }

    @Test("are distinguished from a damaged ledger, which is no row's fault")
    func damaged() {
        #expect(!LedgerError.damaged(path: "p", reason: "r").isFaultOfRows)
        #expect(LedgerError.constraint(path: "p", reason: "r").isFaultOfRows)
        #expect(LedgerError.unknownUnit("k").isFaultOfRows)
    }
}
