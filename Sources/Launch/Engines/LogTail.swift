import Foundation

/// The end of a worker's log.
enum LogTail {
    private static let bytes: UInt64 = 4096

    /// The last line that says something, nil if there is none. Only the end of the file is read.
    static func lastLine(of path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        guard let size = try? file.seekToEnd() else { return nil }
        try? file.seek(toOffset: size > bytes ? size - bytes : 0)
        guard let data = try? file.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
            .last { $0.contains { !$0.isWhitespace } }.map(String.init)
    }
}
