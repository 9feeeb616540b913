import Foundation
import Testing

@testable import Transport

@Suite struct BacklogTests {
    @Test("Messages leave in the order in which they came, for each peer by itself")
    func order() {
        var backlog = Backlog(limit: 100, totalLimit: 1_000)
        for byte in 1...3 as ClosedRange<UInt8> {
            #expect(backlog.append(Data([byte]), for: connection(1)) == nil)
            #expect(backlog.append(Data([byte + 10]), for: connection(2)) == nil)
        }
        for byte in 1...3 as ClosedRange<UInt8> {
            #expect(backlog.first(for: connection(1)) == Data([byte]))
            backlog.removeFirst(for: connection(1))
        }
        #expect(!backlog.contains(connection(1)) && backlog.first(for: connection(1)) == nil)
        #expect(backlog.first(for: connection(2)) == Data([11]))
        backlog.forget(connection(2))
        #expect(backlog.isEmpty)
    }

    @Test("A peer that passes its bound is given up; past the bound for all, the one with the most")
    func bounds() {
        var backlog = Backlog(limit: 100, totalLimit: 250)
        #expect(backlog.append(Data(count: 101), for: connection(1)) == connection(1))
        backlog.forget(connection(1))
        #expect(backlog.append(Data(count: 90), for: connection(1)) == nil)
        #expect(backlog.append(Data(count: 95), for: connection(2)) == nil)
        #expect(backlog.append(Data(count: 66), for: connection(3)) == connection(2))
        backlog.forget(connection(2))
        #expect(backlog.append(Data(count: 80), for: connection(4)) == nil)
    }
}
