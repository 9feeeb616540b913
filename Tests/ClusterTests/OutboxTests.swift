import Foundation
import Scheduling
import TestKit
import Testing

@testable import Cluster

@Suite("The outbox on disk")
struct OutboxTests {
    private let reports = (1...3).map { number in
        UnitReport(
            unit: UnitDigest(words: UInt64(number), 2, 3, 4), attempt: Attempt(incarnation: 1, counter: 7),
            outcome: number == 3 ? .failed("no features") : .finished([1, 2, UInt8(number)]))
    }

    @Test("What one process stored, the next one finds")
    func survives() throws {
        let folder = try TemporaryFolder()
        var (outbox, left) = try Outbox.open(folder.url)
        #expect(left.isEmpty)
        try outbox.store(Array(reports[..<2]))
        try outbox.store([reports[2]])
        (_, left) = try Outbox.open(folder.url)
        #expect(left == reports)
    }

    @Test("A file goes with the last receipt for what it holds")
    func erases() throws {
        let folder = try TemporaryFolder()
        var (outbox, _) = try Outbox.open(folder.url)
        try outbox.store(reports)
        outbox.erase([reports[0].receipt, reports[1].receipt])
        #expect(try Outbox.open(folder.url).reports == reports)
        outbox.erase([reports[2].receipt])
        #expect(try Outbox.open(folder.url).reports.isEmpty)
    }

    @Test("A file that cannot be read is set aside and harms nobody")
    func setsAside() throws {
        let folder = try TemporaryFolder()
        try Data([0xFF, 0xFF, 0xFF]).write(to: folder.file("0.reports"))
        var (outbox, left) = try Outbox.open(folder.url)
        #expect(left.isEmpty)
        try outbox.store(reports)
        #expect(try Outbox.open(folder.url).reports == reports)
    }
}
