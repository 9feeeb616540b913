import Foundation
import Identities
import Scheduling
import TestKit
import Testing

@testable import Cluster

@Suite("The outbox on disk")
struct ReportStoreTests {
    private let reports = (1...3).map { number in
        UnitReport(
            unit: UnitKey(words: UInt64(number), 2, 3, 4), attempt: Attempt(incarnation: 1, counter: 7),
            outcome: number == 3 ? .failed("no features") : .finished([1, 2, UInt8(number)]))
    }

    @Test("What one process stored, the next one finds")
    func survives() throws {
        let folder = try TemporaryFolder()
        var (outbox, left) = try ReportStore.open(folder.url)
        #expect(left.isEmpty)
        try outbox.store(Array(reports[..<2]))
        try outbox.store([reports[2]])
        (_, left) = try ReportStore.open(folder.url)
        #expect(left == reports)
    }

    @Test("A file goes with the last receipt for what it holds")
    func erases() throws {
        let folder = try TemporaryFolder()
        var (outbox, _) = try ReportStore.open(folder.url)
        try outbox.store(reports)
        outbox.erase([reports[0].receipt, reports[1].receipt])
        #expect(try ReportStore.open(folder.url).reports == reports)
        outbox.erase([reports[2].receipt])
        #expect(try ReportStore.open(folder.url).reports.isEmpty)
    }

    @Test(
        "What came before a record that was cut off is found, and what is stored after it too", arguments: [1, 5, 40])
    func survivesCutOff(missing: Int) throws {
        let folder = try TemporaryFolder()
        var (outbox, left) = try ReportStore.open(folder.url)
        try outbox.store(Array(reports[..<2]))
        try outbox.store([reports[2]])
        let file = folder.file("0.reports")
        try Data(contentsOf: file).dropLast(missing).write(to: file)
        (outbox, left) = try ReportStore.open(folder.url)
        #expect(left == Array(reports[..<2]))
        try outbox.store([reports[2]])
        #expect(try ReportStore.open(folder.url).reports == reports)
    }

    @Test("Files do not grow with what was handed in before, whichever report waits")
    func staysSmall() throws {
        let folder = try TemporaryFolder()
        var (outbox, _) = try ReportStore.open(folder.url)
        try outbox.store([reports[2]])
        for number in 0..<200 {
            let report = UnitReport(
                unit: UnitKey(words: UInt64(number), 9, 9, 9), attempt: Attempt(incarnation: 1, counter: 8),
                outcome: .finished(Array(repeating: 7, count: 100_000)))
            try outbox.store([report])
            outbox.erase([report.receipt])
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        let bytes = try files.reduce(0) { try $0 + Data(contentsOf: folder.file($1)).count }
        #expect(files.count <= 2)
        #expect(bytes < 9_000_000)
        // What stands in the file beside it has its receipt and is handed in again, to no harm.
        #expect(try ReportStore.open(folder.url).reports.first == reports[2])
    }

    @Test("A file that cannot be read is set aside and harms nobody")
    func setsAside() throws {
        let folder = try TemporaryFolder()
        try Data([2, 0, 0, 0, 0xFF, 0xFF]).write(to: folder.file("0.reports"))
        var (outbox, left) = try ReportStore.open(folder.url)
        #expect(left.isEmpty)
        #expect(FileManager.default.fileExists(atPath: folder.file("0.reports.unreadable").path))
        try outbox.store(reports)
        #expect(try ReportStore.open(folder.url).reports == reports)
    }
}
