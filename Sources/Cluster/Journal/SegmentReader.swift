import Features
import Foundation
import Scheduling

/// Reads a segment record by record, to its end or to the first record that cannot be read.
///
/// The segment may still be written to: a torn last record is an end like any other.
struct SegmentReader {
    let segment: JournalFolder.Segment
    let header: JournalHeader
    let snapshot: [UInt8]
    private let bytes: Data
    private var position: Int
    /// Why the segment ends before its last byte; nil if it ends with its last record.
    private(set) var problem: String?

    /// - Throws: ``JournalError/unreadable(file:reason:)`` if header or snapshot are incomplete.
    init(_ segment: JournalFolder.Segment) throws(JournalError) {
        self.segment = segment
        do {
            bytes = try Data(contentsOf: URL(filePath: segment.path), options: .alwaysMapped)
        } catch {
            throw .unreadable(file: segment.path, reason: systemReason(of: error))
        }
        guard bytes.starts(with: JournalRecord.magic) else {
            throw .unreadable(file: segment.path, reason: "it does not begin with PSWEEPJ1")
        }
        var place = JournalRecord.magic.count
        do {
            guard case .header(let header)? = try Self.record(in: bytes, &place),
                case .snapshot(let snapshot)? = try Self.record(in: bytes, &place)
            else { throw JournalError.unreadable(file: segment.path, reason: "it ends before its snapshot does") }
            (self.header, self.snapshot, position) = (header, snapshot, place)
        } catch let error as JournalError {
            throw error
        } catch {
            throw .unreadable(file: segment.path, reason: "\(error)")
        }
    }

    /// The next record; nil at the end.
    mutating func next() -> JournalRecord? {
        guard problem == nil, position < bytes.count else { return nil }
        do {
            if let record = try Self.record(in: bytes, &position) { return record }
            problem = "its last record, at byte \(position), is torn"
        } catch {
            problem = "the record at byte \(position) cannot be read: \(error)"
        }
        return nil
    }

    /// The time of day at an instant of the segment's coordinator.
    func time(of instant: Instant) -> Date {
        let nanoseconds = Double(header.wallClock) + Double(instant.nanoseconds - header.instant.nanoseconds)
        return Date(timeIntervalSince1970: nanoseconds / 1e9)
    }

    /// The record at the position, which moves past it; nil if it is incomplete.
    private static func record(in bytes: Data, _ position: inout Int) throws -> JournalRecord? {
        let start = position + JournalRecord.frameBytes
        guard start <= bytes.count else { return nil }
        let (length, checksum) = bytes.withUnsafeBytes { bytes in
            (
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)),
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self))
            )
        }
        guard Int(length) <= bytes.count - start else { return nil }
        let body = bytes.withUnsafeBytes { Array($0[start..<start + Int(length)]) }
        guard body.withUnsafeBytes(JournalRecord.checksum) == checksum else {
            // A last record of zeros, as after a power cut.
            if start + Int(length) == bytes.count { return nil }
            throw BinaryCodingError.invalid("the checksum differs", at: position)
        }
        let record = try JournalRecord(body: body)
        position = start + Int(length)
        return record
    }
}
