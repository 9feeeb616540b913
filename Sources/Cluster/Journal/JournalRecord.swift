import CZlib
import Scheduling

/// The records of a journal segment, in this order: one header, one snapshot, then events with a fingerprint at
/// intervals, and a digest if the coordinator shut down in order.
///
/// A segment is `PSWEEPJ1`, then records: the length of the body and its CRC-32 as four bytes each, little-endian, then
/// the body, of which the first byte is the kind and the rest the value as ``BinaryWriter`` writes it.
enum JournalRecord {
    case header(JournalHeader)
    /// The bytes of a ``Coordinator``.
    case snapshot([UInt8])
    case event(JournaledEvent)
    /// Of the state between the events before and after it.
    case fingerprint(Coordinator.Fingerprint)
    /// SHA-256 of the machine's bytes at an orderly shutdown.
    case end([UInt8])

    enum Kind: UInt8 { case header, snapshot, event, fingerprint, end }

    static let magic = Array("PSWEEPJ1".utf8)
    static let frameBytes = 8

    /// - Parameter body: the kind and the value.
    init(body: [UInt8]) throws(BinaryCodingError) {
        let reader = BinaryReader(body)
        guard let kind = Kind(rawValue: try reader.byte()) else { throw .invalid("unknown kind of record", at: 0) }
        switch kind {
        case .header: self = .header(try reader.readWhole(JournalHeader.self))
        case .snapshot: self = .snapshot(Array(try reader.slice(reader.remaining)))
        case .event: self = .event(try reader.readWhole(JournaledEvent.self))
        case .fingerprint: self = .fingerprint(try reader.readWhole(Coordinator.Fingerprint.self))
        case .end: self = .end(Array(try reader.slice(reader.remaining)))
        }
        guard reader.remaining == 0 else { throw .surplus(at: reader.position) }
    }

    static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        guard let start = bytes.baseAddress?.assumingMemoryBound(to: Bytef.self) else { return 0 }
        return UInt32(truncatingIfNeeded: crc32_z(0, start, bytes.count))
    }
}

/// Who wrote a segment and when.
struct JournalHeader: Sendable, Equatable, Codable {
    var program: String
    /// The coordinator's incarnation on its ledger.
    var incarnation: UInt32
    /// Nanoseconds since 1970 and the machine's clock at the same moment: together they date every event.
    var wallClock: Int64
    var instant: Instant
    /// There is no gap since the segment before, which is of the same coordinator.
    var isContinuation: Bool
}

extension BinaryWriter {
    /// Appends a record in its frame.
    func append(_ kind: JournalRecord.Kind, _ body: (BinaryWriter) throws -> Void) throws {
        let place = count
        append(fixed: UInt64(0))
        append(kind.rawValue)
        try body(self)
        let start = place + JournalRecord.frameBytes
        guard let length = UInt32(exactly: count - start) else { throw JournalError.recordTooLong }
        let checksum = withUnsafeBytes {
            JournalRecord.checksum(of: UnsafeRawBufferPointer(rebasing: $0[start...]))
        }
        replace(at: place, with: length)
        replace(at: place + 4, with: checksum)
    }
}
