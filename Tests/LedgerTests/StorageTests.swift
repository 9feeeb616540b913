import Foundation
import GRDB
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
            "INSERT INTO failure VALUES (1, 1, 1, 'bad luck', '', 0, 0, NULL)",
            "INSERT INTO failure VALUES (1, 1, 1, 'death', '', 0, 2, NULL)",
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
        "Forms are restored byte for byte, whether or not they are canonical JSON",
        arguments: [
            #"{"a":1,"b":{"c":[1,2,{"d":"}"}]},"e":"\",\\"}"#, "{}", "{\"a\":1}", "[1,2]", "", "x", "{", "}", "{a,}",
            "{,}",
            "{a,,b}", "{,a}", "{ab}", #"{"a":"unclosed}"#, #"{"a":[}"#, #"{"a":1}}"#, "{\"a\":1,\"é\":\"ü,ñ\"}",
            #"{"a":1} "#,
        ])
    func forms(_ text: String) throws {
        var parts: [Data] = []
        var encoder = CompactFormEncoder()
        // With and without a form before it, of which it shares much.
        for form in [text, text, "{\"a\":1,\"b\":2}", text, "{a}", text, "{a,b", text].map({ Data($0.utf8) }) {
            let compact = encoder.encode(form) { part in
                parts.append(part)
                return Int64(parts.count * 100)
            }
            #expect(CompactForm.decode(compact) { parts[Int($0) / 100 - 1] } == form)
        }
        #expect(Set(parts).count == parts.count, "A part was numbered twice.")
    }

    @Test("Forms with special bytes are restored, whatever form came before", arguments: 1...5)
    func randomForms(seed: UInt64) {
        var state = seed
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        var parts: [Data] = []
        var encoder = CompactFormEncoder()
        let alphabet = Array("{}[],\"\\a".utf8)
        for _ in 0..<20_000 {
            let form = Data(
                [UInt8(ascii: "{")] + (0..<random(9)).map { _ in alphabet[random(alphabet.count)] } + [
                    UInt8(ascii: "}")
                ])
            let compact = encoder.encode(form) { part in
                parts.append(part)
                return Int64(parts.count)
            }
            #expect(CompactForm.decode(compact) { parts[Int($0) - 1] } == form)
        }
    }

    @Test(
        "Bytes that are not a compact form are rejected",
        arguments: [[], [2], [1, 0x80], [1] + Array(repeating: 0xFF, count: 11)])
    func noForms(_ bytes: [UInt8]) {
        #expect(CompactForm.decode(Data(bytes)) { _ in Data() } == nil)
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
        #expect(NetworkFileSystem.type(of: path, mounts: mounts) == type)
    }
}
