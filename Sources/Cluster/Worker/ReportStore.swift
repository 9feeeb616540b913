import Foundation
import Scheduling
import SwiftProtobuf
import SystemPackage
import Transport

/// Reports on disk until their receipts arrive, so that finished work outlives the process that did it.
///
/// Reports are appended to a file, one record for each `store`: a length of four bytes, little-endian, and the wire
/// message. A file is removed with the last receipt for its reports; until then, the next process also sends again
/// those that have their receipts. Nothing is fsynced: a killed process loses nothing, and what a power cut takes was
/// never acknowledged and is trained again.
struct ReportStore {
    /// Files are rotated at this size, so that acknowledged reports can be removed.
    private static let fileBytes = 4 << 20

    private let folder: URL
    private var filesWaiting: [Receipt: Int] = [:]
    private var receiptsMissing: [Int: Int] = [:]
    /// The number of the file that is appended to.
    private var number = 0
    private var current: ReportFile?

    /// Opens the folder and returns the reports that an earlier process left there. An unreadable file is set aside
    /// under another name: its units will be trained again.
    static func open(_ folder: URL) throws -> (outbox: ReportStore, reports: [UnitReport]) {
        try PrivateFolder.create(folder.path)
        var outbox = ReportStore(folder: folder)
        var left: [UnitReport] = []
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let numbers = files.filter { $0.pathExtension == "reports" }
            .compactMap { Int($0.deletingPathExtension().lastPathComponent) }
        for number in numbers.sorted() {
            let file = outbox.file(number)
            guard let reports = try? ReportFile.read(file) else {
                try? FileManager.default.moveItem(at: file, to: file.appendingPathExtension("unreadable"))
                continue
            }
            if reports.isEmpty { try? FileManager.default.removeItem(at: file) }
            outbox.expect(reports, in: number)
            left += reports
        }
        outbox.number = (numbers.max() ?? -1) + 1
        return (outbox, left)
    }

    mutating func store(_ reports: [UnitReport]) throws {
        if let current, current.bytes >= Self.fileBytes {
            self.current = nil
            let full = number
            number += 1
            if receiptsMissing[full] == nil { try? FileManager.default.removeItem(at: file(full)) }
        }
        if current == nil { current = try ReportFile(file(number)) }
        try current?.append(WireReports(reports).serializedData())
        expect(reports, in: number)
    }

    mutating func erase(_ receipts: [Receipt]) {
        for receipt in receipts {
            guard let number = filesWaiting.removeValue(forKey: receipt), let missing = receiptsMissing[number] else {
                continue
            }
            receiptsMissing[number] = missing > 1 ? missing - 1 : nil
            guard missing == 1 else { continue }
            if number == self.number, current != nil {
                current?.clear()
            } else {
                try? FileManager.default.removeItem(at: file(number))
            }
        }
    }

    private init(folder: URL) { self.folder = folder }

    private func file(_ number: Int) -> URL { folder.appending(path: "\(number).reports") }

    private mutating func expect(_ reports: [UnitReport], in number: Int) {
        for report in reports where filesWaiting.updateValue(number, forKey: report.receipt) == nil {
            receiptsMissing[number, default: 0] += 1
        }
    }
}

/// One file of an outbox that is appended to.
private final class ReportFile {
    private let descriptor: FileDescriptor
    private(set) var bytes = 0

    init(_ file: URL) throws {
        descriptor = try .open(
            FilePath(file.path), .writeOnly, options: [.create, .truncate, .append, .closeOnExec],
            permissions: .ownerReadWrite)
    }

    deinit { try? descriptor.close() }

    /// In one write, so that a killed process leaves a whole record or one that does not parse.
    func append(_ message: Data) throws {
        var record = Data(capacity: message.count + 4)
        withUnsafeBytes(of: UInt32(message.count).littleEndian) { record.append(contentsOf: $0) }
        record.append(message)
        do {
            try descriptor.writeAll(record)
        } catch {
            // A partial record, on a full disk, would hide the records after it.
            ftruncate(descriptor.rawValue, bytes)
            throw error
        }
        bytes += record.count
    }

    /// Every report in it has its receipt.
    func clear() {
        ftruncate(descriptor.rawValue, 0)
        bytes = 0
    }

    /// The reports of every complete record; the last one may be torn.
    static func read(_ file: URL) throws -> [UnitReport] {
        let contents = try Data(contentsOf: file)
        var reports: [UnitReport] = []
        var rest = contents[...]
        while rest.count >= 4 {
            let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard rest.count >= length else { break }
            reports += try WireReports(serializedBytes: rest.prefix(length)).scheduling
            rest = rest.dropFirst(length)
        }
        return reports
    }
}
