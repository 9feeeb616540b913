import Foundation
import Identities

/// Standard output. Every write is checked, so that a result that did not arrive is not taken for one that did.
enum Output {
    /// Writes text as it is.
    static func text(_ text: String) throws(OutputError) {
        var text = text
        let problem: Int32? = text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)[...]
            while !rest.isEmpty {
                let count = write(STDOUT_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return errno }
                rest = rest.dropFirst(count)
            }
            return nil
        }
        if let problem { throw OutputError(code: problem) }
    }

    /// Writes a text that comes in parts, some hundred kilobytes at a time.
    static func parts(_ body: ((String) throws -> Void) throws -> Void) throws {
        var gathered = ""
        try body { part in
            gathered += part
            guard gathered.utf8.count >= 1 << 18 else { return }
            try text(gathered)
            gathered = ""
        }
        try text(gathered)
    }

    /// Writes lines, with control characters as escapes: names and reasons come from other machines.
    static func lines(_ lines: [String]) throws(OutputError) {
        try text(lines.map { $0.printable + "\n" }.joined())
    }

    static func line(_ line: String) throws(OutputError) { try lines([line]) }

    /// Writes a value as indented JSON with sorted keys, for programs and for diffs.
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try text(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n")
    }

    /// Closes standard output, when some file systems report what they could not write.
    static func close() throws(OutputError) {
        // EBADF: it was closed from the start, and nothing was written.
        guard Foundation.close(STDOUT_FILENO) == 0 || errno == EBADF || errno == EINTR else {
            throw OutputError(code: errno)
        }
    }
}

/// Standard output did not take everything that was written to it.
struct OutputError: Error, CustomStringConvertible {
    /// The operating system's error number.
    let code: Int32

    var description: String {
        "standard output\(Self.file.map { " (\($0))" } ?? "") cannot be written: \(String(cString: strerror(code))). What is "
            + "there is incomplete. Free space or write elsewhere, and give the command again."
    }

    /// The file or device behind it; nil for a pipe or a socket.
    private static var file: String? {
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(STDOUT_FILENO)")
        return path.flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
}
