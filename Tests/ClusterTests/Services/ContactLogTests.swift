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

    @Test("takes a refusal of the key for final when it has lasted ten seconds, with nothing heard and no other reason")
    func finality() {
        var contact = ContactLog(at: Self.at(0))
        var said = [1.0, 10.9].map { contact.isFinal(.notAllowed, at: Self.at($0)) }
        contact.heard(at: Self.at(11))
        said.append(contact.isFinal(.notAllowed, at: Self.at(12)))
        said.append(contact.isFinal(.handshakeFailed, at: Self.at(100)))
        said += [101.0, 111].map { contact.isFinal(.notAllowed, at: Self.at($0)) }
        #expect(said == [false, false, false, false, false, true])
    }
}
