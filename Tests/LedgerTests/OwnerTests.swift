import Foundation
import GRDB
import Identities
import Testing

@testable import Ledger

@Suite("Owners of sweeps")
struct OwnerTests {
    private static let sweeps = [
        SweepAddress(id: 1, name: "birds", owner: nil, isCancelled: false),
        SweepAddress(id: 2, name: "birds", owner: "alice", isCancelled: false),
        SweepAddress(id: 3, name: "birds", owner: "alice", isCancelled: true),
        SweepAddress(id: 4, name: "birds", owner: "bob", isCancelled: true),
        SweepAddress(id: 5, name: "moths", owner: "alice", isCancelled: false),
        SweepAddress(id: 6, name: "moths", owner: nil, isCancelled: true),
        SweepAddress(id: 7, name: "5", owner: "bob", isCancelled: false),
    ]
    private static let root = Requester(name: "root", isOperator: true)

    private static func client(_ name: String) -> Requester { Requester(name: name, isOperator: false) }

    @Test(
        "A number means that sweep; a name the requester's own, or else that of the one client that has it",
        arguments: [
            ("3", client("carol"), .found(3)), ("5", client("bob"), .found(5)), ("8", root, .unknown),
            ("birds", client("alice"), .found(2)), ("birds", client("bob"), .found(4)),
            ("birds", client("carol"), .ambiguous([sweeps[0], sweeps[1]])), ("birds", root, .found(1)),
            ("birds", .local, .found(1)), ("moths", client("carol"), .found(5)), ("moths", .local, .found(5)),
            ("ants", .local, .unknown), ("", .local, .unknown),
        ] as [(String, Requester, SweepSearch)])
    func search(_ text: String, _ requester: Requester, _ expected: SweepSearch) {
        #expect(SweepSearch.find(text, among: Self.sweeps.reversed(), for: requester) == expected)
    }

    @Test("A client may change its own sweeps, an operator all; sweeps without an owner are the operators'")
    func rights() {
        let alice = Self.client("alice")
        #expect(["alice", "bob", nil].map { alice.mayChange(sweepOf: $0) } == [true, false, false])
        #expect(["alice", "bob", nil].map { Self.root.mayChange(sweepOf: $0) } == [true, true, true])
        #expect(["alice", "root", nil].map { Self.root.owns(sweepOf: $0) } == [false, true, true])
    }

    @Test("Owner, priority and the reason of a cancellation are kept; of several cancellations the first counts")
    func kept() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        var sweep = NewSweep.test()
        (sweep.owner, sweep.priority) = ("alice", -3)
        _ = try ledger.insert(sweep, passes: [NewPass(name: "p", folder: "/f", units: [testUnit(0)])])
        try ledger.setPriority(7, of: 1)
        try ledger.cancel(1, reason: "by alice")
        try ledger.cancel(1, reason: "by bob")
        let record = try LedgerReader.open(folder.path).sweep("s")
        #expect(record.owner == "alice" && record.priority == 7 && record.cancellation == "by alice")
    }

    @Test("A sweep and those that it replaces change together")
    func replaced() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<3)
        let broken = NewPass(name: "p", folder: "/f", units: (0..<3).map(testUnit))
        #expect(throws: LedgerError.self) { _ = try ledger.insert(.test(), passes: [broken, broken], replacing: [1]) }
        #expect(try ledger.reader.sweep("1").state == .active)
        _ = try ledger.insert(.test(), passes: [broken], replacing: [1])
        #expect(try ledger.reader.sweeps().map(\.cancellation) == ["replaced by sweep 2", nil])
        #expect(try ledger.reader.sweep("s").id == 2)
    }

    @Test("A ledger of an earlier version can be read as it is; opened, its sweeps are the operators'")
    func earlier() throws {
        let folder = try TemporaryFolder()
        do {
            let ledger = try Ledger.open(folder.path)
            try ledger.insertTestSweep(0..<3)
            try ledger.insertTestSweep(2..<5, name: "other")
            try ledger.commit([.testResult(2)])
            try ledger.cancel(1)
            try ledger.write { database in
                for column in ["owner", "priority", "cancellation"] {
                    try database.execute(sql: "ALTER TABLE sweep DROP COLUMN \(column)")
                }
                try database.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = '7 owners and priorities'")
            }
        }
        let before = try LedgerReader.open(folder.path)
        let (sweeps, rows) = (try before.sweeps(), try before.rows(of: 2))
        #expect(sweeps.map(\.owner) == [nil, nil] && sweeps.map(\.done) == [1, 1])
        #expect(try before.sweep("other").id == 2)
        #expect(try before.results(ResultSelection(), of: 1).sharing.map(\.units) == [1])
        let ledger = try Ledger.open(folder.path)
        #expect(try ledger.reader.sweeps() == sweeps)
        #expect(try ledger.reader.rows(of: 2) == rows)
        try ledger.give(2, to: "alice")
        #expect(try ledger.reader.sweep("other").owner == "alice")
    }
}
