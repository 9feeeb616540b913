package import Foundation
import SystemPackage
import Transport

/// The standard error of the previous process of this seat, if it crashed.
///
/// This works only if standard error is a file, as batch systems, the local cluster and `--log` make it: the worker
/// leaves a note of the file and of where its own output begins, and removes it on an orderly exit. A leftover note
/// means that the previous process crashed.
package struct PreviousStderr: Sendable {
    /// Bytes of the end of the file that are kept.
    private static let limit = 4_096

    private let note: URL
    /// What was found; nil if the previous process exited in order, or its output was not kept.
    package let found: String?

    private struct Note: Codable {
        var file: String
        var start: Int
    }

    /// Reads the note of the previous process and leaves this one's.
    package init(seat folder: URL) {
        note = folder.appending(path: "standard-error.json")
        found = (try? Data(contentsOf: note)).flatMap(Self.read)
        try? FileManager.default.removeItem(at: note)
        guard let file = Self.standardErrorFile, let start = Self.size(of: file) else { return }
        try? JSONEncoder().encode(Note(file: file, start: start)).write(to: note)
    }

    /// Marks an orderly exit.
    package func end() { try? FileManager.default.removeItem(at: note) }

    /// Redirects standard error to the end of a file.
    package static func redirectStandardError(to path: String) throws {
        let descriptor: FileDescriptor
        do {
            descriptor = try .open(
                FilePath(path), .writeOnly, options: [.create, .append, .closeOnExec], permissions: .ownerReadWrite)
        } catch {
            throw TransportError.unwritable(path: path, reason: "\(error)")
        }
        _ = try descriptor.duplicate(as: .standardError)
        try descriptor.close()
    }

    private static func read(_ bytes: Data) -> String? {
        guard let note = try? JSONDecoder().decode(Note.self, from: bytes) else { return nil }
        return written(to: note.file, from: note.start)
    }

    /// The content of a file from a byte on, trimmed of white space, and only the end of it if it is long; nil if
    /// empty.
    package static func written(to file: String, from start: Int) -> String? {
        guard let handle = FileHandle(forReadingAtPath: file), let size = size(of: file), size > start
        else { return nil }
        do {
            try handle.seek(toOffset: UInt64(max(start, size - limit)))
            let text = String(decoding: try handle.read(upToCount: limit) ?? Data(), as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            return text.isEmpty ? nil : text
        } catch {
            return nil
        }
    }

    /// The regular file that standard error goes to, nil for a terminal, a pipe or a socket.
    private static var standardErrorFile: String? {
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(STDERR_FILENO)")
    }

    private static func size(of file: String) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: file))?[.size] as? Int
    }
}
