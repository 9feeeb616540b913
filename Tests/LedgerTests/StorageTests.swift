import Foundation
import GRDB
import Identities
import KernelFiles
import Sweeps
import Testing

@testable import Ledger

@Suite struct StorageTests {
    @Test(
        "The schema rejects invalid rows",
        arguments: [
            "INSERT INTO unit (key, form) VALUES (zeroblob(31), zeroblob(9))",
            "INSERT INTO unit (key, form) VALUES ('0123456789abcdef0123456789abcdef', zeroblob(9))",
            "INSERT INTO unit (key, form) SELECT key, form FROM unit LIMIT 1",
            "INSERT INTO unit (key, form) VALUES (zeroblob(32), zeroblob(1))",
            "INSERT INTO result VALUES (1, 1, 1, 1, zeroblob(2)), (1, 2, 1, 1, zeroblob(2))",
            "INSERT INTO result VALUES (999, 1, 1, 1, zeroblob(2))",
            "INSERT INTO result VALUES (1, 1, 999, 1, zeroblob(2))",
            "INSERT INTO result VALUES (1, -1, 1, 1, zeroblob(2))",
            "INSERT INTO result VALUES (1, 1, 1, 1, zeroblob(0))",
            "INSERT INTO sweepUnit VALUES (1, 0, 1, 1, 1, NULL)",
            "INSERT INTO sweepUnit VALUES (1, 9, 999, 1, 1, NULL)",
            "INSERT INTO sweepUnit VALUES (1, 9, 1, 999, 1, NULL)",
            "INSERT INTO sweepUnit VALUES (999, 9, 1, 1, 1, NULL)",
            "INSERT INTO sweepUnit VALUES (1, 9, 1, 1, -1, NULL)",
            "INSERT INTO sweepUnit VALUES (1, 9, 1, 1, 1, 999)",
            "INSERT INTO kind (name, units) VALUES ('k', -1)",
            "INSERT INTO kind (name, measured) VALUES ('k', -1)",
            "INSERT INTO pass (sweep, name, folder) VALUES (1, 'p', '')",
            "INSERT INTO pass (sweep, name, folder) VALUES (1, '', '')",
            "INSERT INTO failure VALUES (1, 1, 1, 'bad luck', '', 0, 0, NULL, NULL, NULL)",
            "INSERT INTO failure VALUES (1, 1, 1, 'death', '', 0, 2, NULL, NULL, NULL)",
            "INSERT INTO worker (name) VALUES ('')",
            "INSERT INTO lease VALUES (1, 999, zeroblob(16), '', zeroblob(32), 1)",
            "INSERT INTO lease VALUES (1, 1, zeroblob(15), '', zeroblob(32), 1)",
            "INSERT INTO lease VALUES (1, 1, zeroblob(16), '', zeroblob(33), 1)",
            "INSERT INTO worker (name) VALUES ('w')",
            "UPDATE sweep SET state = 'paused'",
            "UPDATE sweep SET facts = 'no JSON'",
            "UPDATE sweep SET units = -1",
            "INSERT INTO coordinator VALUES (2, 0, 0)",
            "DELETE FROM unit",
            "DELETE FROM worker",
        ])
    func constraints(_ statement: String) throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<3)
        try ledger.commit([.testResult(2)])
        let error = #expect(throws: LedgerError.self) {
            try ledger.write { try $0.execute(sql: statement) }
        }
        guard case .constraint? = error, error?.isTemporary == false else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try ledger.reader.integrityProblems().isEmpty)
    }

    @Test("Commits are synced, and the log is truncated")
    func durability() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        func setting(_ name: String) throws -> String? {
            try ledger.database.writeWithoutTransaction { try String.fetchOne($0, sql: "PRAGMA \(name)") }
        }
        #expect(try setting("synchronous") == "2")
        #expect(try setting("journal_mode") == "wal")
        #expect(try setting("foreign_keys") == "1")
        #expect(try setting("journal_size_limit") == "\(64 << 20)")
    }

    @Test(
        "A form is restored member by member, whatever the size of its members' numbers",
        arguments: [[], [1], [127, 128], [1, 2, 3, 300, 20_000, 5_000_000_000, .max]])
    func forms(_ numbers: [Int64]) throws {
        #expect(CompactForm.numbers(of: CompactForm.encode(numbers)) == numbers)
    }

    @Test("Members are stored once, and forms come back byte for byte in their order")
    func members() throws {
        let ledger = try Ledger.open(try TemporaryFolder().path)
        try ledger.insertTestSweep(0..<40)
        #expect(try ledger.reader.rows(of: 1).map(\.canonicalForm) == (0..<40).map { testUnit($0).canonicalForm })
        var named: [[Int64]] = []
        try ledger.reader.forEachUnfinished(of: 1, members: ["fold"]) { named.append($0.members) }
        #expect(
            try named.map { try ledger.reader.form($0) }
                == (0..<40).map { CanonicalForm(testUnit($0).canonicalForm.members.filter { $0.isNamed("fold") }) })
        let parts = try ledger.database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM part") }
        #expect(parts == 5 + 1 + 40)
    }

    @Test(
        "Bytes that are not a compact form are rejected",
        arguments: [[], [0], [2], [1, 0x80], [1] + Array(repeating: 0xFF, count: 11)])
    func noForms(_ bytes: [UInt8]) {
        #expect(CompactForm.numbers(of: Data(bytes)) == nil)
    }

    @Test(
        "Network file systems are distinguished from local ones",
        arguments: [
            ("/data/sweep", "nfs4"), ("/database", nil), ("/data", "nfs4"), ("/data/local/sweep", nil),
            ("/home/u", nil),
            ("/with blank/x", "cifs"), ("/cloud", "fuse.sshfs"), ("/phone", nil), ("/twice", nil),
        ] as [(String, String?)])
    func networkFileSystems(_ path: String, _ type: String?) {
        let mounts = """
            22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
            30 22 0:40 / /data rw shared:2 - nfs4 server:/export rw
            31 30 8:1 / /data/local rw - xfs /dev/sda1 rw
            32 22 0:41 / /with\\040blank rw shared:3 master:1 - cifs //server/share rw
            33 22 0:42 / /cloud rw - fuse.sshfs u@h: rw
            34 22 0:43 / /phone rw - fuse.jmtpfs none rw
            35 22 0:44 / /twice rw - nfs s:/ rw
            36 22 0:45 / /twice rw - tmpfs none rw
            a line that is none
            """
        #expect(
            NetworkFileSystem.type(of: path, mounts: mounts.split(separator: "\n").compactMap { Mount($0) }) == type)
    }
}
