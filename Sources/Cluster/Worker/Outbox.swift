import Foundation
import Scheduling
import SwiftProtobuf
import Transport

/// Reports on disk until their receipts arrive, so that what was finished outlives the process that finished it.
///
/// A file holds the reports of one `store`, in the messages of the wire, and is removed with the last receipt for it.
struct Outbox {
    private let folder: URL
    private var filesWaiting: [Receipt: URL] = [:]
    private var receiptsMissing: [URL: Int] = [:]
    private var next = 0

    /// Opens the folder and returns with it what an earlier process left there. A file that cannot be read is set aside
    /// under another name: its units will be trained again.
    static func open(_ folder: URL) throws -> (outbox: Outbox, reports: [UnitReport]) {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var outbox = Outbox(folder: folder)
        var left: [UnitReport] = []
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        for file in files.sorted(by: { $0.path < $1.path }) where file.pathExtension == "reports" {
            outbox.next = max(outbox.next, (Int(file.deletingPathExtension().lastPathComponent) ?? 0) + 1)
            guard let message = try? WireReports(serializedBytes: Data(contentsOf: file)) else {
                try? FileManager.default.moveItem(at: file, to: file.appendingPathExtension("unreadable"))
                continue
            }
            let reports = message.scheduling
            outbox.expect(reports, in: file)
            left += reports
        }
        return (outbox, left)
    }

    mutating func store(_ reports: [UnitReport]) throws {
        let file = folder.appending(path: "\(next).reports")
        next += 1
        try WireReports(reports).serializedData().write(to: file, options: .atomic)
        expect(reports, in: file)
    }

    mutating func erase(_ receipts: [Receipt]) {
        for receipt in receipts {
            guard let file = filesWaiting.removeValue(forKey: receipt), let missing = receiptsMissing[file] else {
                continue
            }
            receiptsMissing[file] = missing - 1
            if missing == 1 {
                receiptsMissing[file] = nil
                try? FileManager.default.removeItem(at: file)
            }
        }
    }

    private init(folder: URL) { self.folder = folder }

    private mutating func expect(_ reports: [UnitReport], in file: URL) {
        receiptsMissing[file] = Set(reports.map(\.receipt)).count
        for report in reports { filesWaiting[report.receipt] = file }
    }
}
