import Foundation
import Scheduling

/// A segment that is being written. It is never fsynced: what was written survives the process, however it ends, and
/// after a power cut nobody needs the journal.
final class SegmentFile {
    private let segment: JournalFolder.Segment
    private let descriptor: Int32
    private let buffer = BinaryWriter()
    /// Bytes of the header and the snapshot, and of all that follows.
    private(set) var snapshotBytes = 0
    private(set) var eventBytes = 0

    private static let bufferBytes = 1 << 20

    /// Creates the file with header and snapshot, and removes it if they cannot be written in full.
    init(_ segment: JournalFolder.Segment, _ header: JournalHeader, _ machine: Coordinator) throws {
        self.segment = segment
        descriptor = Glibc.open(segment.path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw JournalError.system("create", segment.path) }
        do {
            buffer.append(JournalRecord.magic)
            try buffer.append(.header) { try $0.write(header) }
            try buffer.append(.snapshot) { try $0.write(machine) }
            snapshotBytes = buffer.count
            try flush()
        } catch {
            unlink(segment.path)
            throw error
        }
    }

    deinit { close(descriptor) }

    func append(_ kind: JournalRecord.Kind, _ body: (BinaryWriter) throws -> Void) throws {
        let before = buffer.count
        try buffer.append(kind, body)
        eventBytes += buffer.count - before
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    /// Hands everything to the kernel.
    func flush() throws {
        defer { buffer.clear() }
        try buffer.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { throw JournalError.system("write", segment.path) }
                rest = rest.dropFirst(written)
            }
        }
    }
}
