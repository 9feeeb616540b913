import Foundation
import Identities
import Sweeps

@testable import Ledger

/// A folder that is removed with its last reference.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "probesweep-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Any 32 bytes that tell forms apart.
func testKey(_ form: CanonicalForm) -> UnitKey {
    var words: [UInt64] = [0, 0, 0, 0]
    for (index, byte) in form.bytes.enumerated() { words[index % 4] = words[index % 4] &* 31 &+ UInt64(byte) }
    return UnitKey(words: words[0], words[1], words[2], words[3])
}

func testUnit(_ index: Int) -> NewUnit {
    let members = [#""fold":{"heldOut":\#(index % 5)}"#, #""probe":{"name":"a,b}\"{"}"#, #""seed":\#(index)"#]
    let form = CanonicalForm(members.map { FormMember(Array($0.utf8)) })
    return NewUnit(key: testKey(form), canonicalForm: form, cost: 1.5)
}

extension SweepID: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int64) { self.init(value) }
}

extension Attempt: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: UInt64) { self.init(number: value) }
}

extension CostKind: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(value) }
}

extension PassID: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(value) }
}

extension NewSweep {
    static func test(_ name: String = "s") -> NewSweep {
        NewSweep(name: name, specification: "name: \(name)", facts: Data("{}".utf8))
    }
}

extension Ledger {
    /// A sweep of one pass.
    @discardableResult
    func insertTestSweep(_ units: Range<Int>, name: String = "s") throws(LedgerError) -> SweepReceipt {
        try insert(.test(name), passes: [NewPass(name: "p", folder: "/f", units: units.lazy.map(testUnit))])
    }
}

extension LedgerRow {
    static func testResult(_ index: Int, worker: String = "w", payload: String = "{}") -> LedgerRow {
        .result(
            testUnit(index).key, Attempt(number: UInt64(index) + 1), worker: worker, payload: Array(payload.utf8))
    }
}

extension LedgerReader {
    func unfinishedKeys(of sweep: SweepID) throws -> [UnitKey] {
        var keys: [UnitKey] = []
        try forEachUnfinished(of: sweep) { keys.append($0.key) }
        return keys
    }

    /// Which of the first units of a sweep of test units have results.
    func finished(of sweep: SweepID) throws -> Set<Int> {
        Set(try rows(of: sweep).filter { $0.payload != nil }.map(\.position))
    }
}
