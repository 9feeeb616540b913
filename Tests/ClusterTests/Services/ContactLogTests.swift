import Scheduling
import Testing
import Transport

@testable import Cluster

@Suite("A worker's log of its contact with the coordinator")
struct ContactLogTests {
    private static func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

    @Test("speaks of silence every half minute, and of how long it has lasted")
    func silence() {
        var contact = ContactLog(at: Self.at(0))
        var lines = [29.0, 31, 60, 61].map { contact.silence(at: Self.at($0)) }
        contact.heard(at: Self.at(62))
        lines += [91.0, 92].map { contact.silence(at: Self.at($0)) }
        #expect(lines == [nil, 31, nil, 61, nil, 30])
    }

    @Test("speaks of a refusal once, and again when something was heard meanwhile")
    func refusals() {
        var contact = ContactLog(at: Self.at(0))
        let first = [contact.isNew(.notAllowed), contact.isNew(.notAllowed), contact.isNew(.handshakeFailed)]
        contact.heard(at: Self.at(1))
        #expect(first + [contact.isNew(.handshakeFailed)] == [true, false, true, true])
    }
}
