import Foundation
import Sweeps
import Testing

@testable import Ledger

@Suite struct LedgerTests {
    @Test("A sweep goes in, results are committed once, and what is left comes back after reopening")
    func life() throws {
        let folder = try TemporaryFolder()
        var ledger: Ledger? = try .open(folder.path)
        let units = (0..<10).map(testUnit)
        let receipt = try #require(ledger).insert(
            NewSweep(name: "s", specification: "name: s", facts: Data("{}".utf8)),
            passes: [NewPass(name: "p0", folder: "/f", units: units[..<6]), NewPass(name: "p1", folder: "/f", units: units[6...])])
        #expect(receipt == SweepReceipt(sweep: 1, units: 10, alreadyDone: 0))
        let commit = try #require(ledger).commit([
            .result(units[2].key, attempt: 1 << 32, worker: "w", payload: Data("{}".utf8)),
            .result(units[2].key, attempt: 1 << 32, worker: "v", payload: Data("{\"x\":1}".utf8)),
            .failure(units[3].key, FailureEntry(attempt: 5, worker: "w", cause: .death, reason: "gone")),
            .quarantine(units[4].key, reason: "bad"),
        ])
        #expect(commit.committed == 1 && commit.duplicates == [units[2].key])
        #expect(try ledger?.nextIncarnation() == 1)
        ledger = nil

        let again = try Ledger.open(folder.path)
        #expect(try again.nextIncarnation() == 2)
        var unfinished: [UnitKey] = []
        try again.reader.forEachUnfinished(of: 1) { unfinished.append($0.key) }
        #expect(unfinished == units.map(\.key).filter { $0 != units[2].key })
        let rows = try LedgerReader.open(folder.path).rows(of: 1)
        #expect(rows.map(\.canonicalForm) == units.map(\.canonicalForm))
        #expect(rows[2].payload == Data("{}".utf8))
        #expect(rows[4].quarantine == "bad")
        let sweep = try again.reader.sweep("s")
        #expect(sweep.done == 1 && sweep.quarantined == 1 && sweep.units == 10)
        let history = try again.reader.history(of: 1)
        #expect(history.failures.map(\.failure.reason) == ["gone"])
        #expect(try again.reader.integrityProblems().isEmpty)
    }
}

/// Any 32 bytes that tell forms apart.
func testKey(_ form: Data) -> UnitKey {
    var digest = [UInt8](repeating: 0, count: 32)
    for (index, byte) in form.enumerated() { digest[index % 32] = digest[index % 32] &* 31 &+ byte }
    return UnitKey(digest: digest)
}

func testUnit(_ index: Int) -> NewUnit {
    let form = Data(#"{"fold":{"heldOut":\#(index % 5)},"probe":{"name":"a,b}\"{"},"seed":\#(index)}"#.utf8)
    return NewUnit(key: testKey(form), canonicalForm: form, cost: 1.5)
}

/// A folder that is removed with its last reference.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "probesweep-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
