/// A text file as people's editors write it: UTF-8, lines that end with LF or CRLF, with or without a byte order mark
/// and a last line break.
enum TextFile {
    /// The lines without their ends, not trimmed.
    static func lines(of path: String) throws(FeatureError) -> [String] {
        var lines = try content(of: path).split(separator: "\n", omittingEmptySubsequences: false).map { line in
            String(line.last == "\r" ? line.dropLast() : line)
        }
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// Scalars rather than characters: CR and LF together are one character in Swift.
    static func content(of path: String) throws(FeatureError) -> Substring.UnicodeScalarView {
        let file = try MappedFile.open(path)
        let decoded = withExtendedLifetime(file) { String(validating: file.bytes, as: UTF8.self) }
        guard let text = decoded else {
            throw FeatureError(file: path, found: "is not UTF-8", remedy: "Save the file in UTF-8.")
        }
        let scalars = text.unicodeScalars
        return scalars.first == "\u{FEFF}" ? scalars.dropFirst() : scalars[...]
    }
}

extension String {
    /// Without white space at both ends; nil if nothing is left, since an empty cell means that a value is absent.
    var trimmedValue: String? {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return nil }
        return String(scalars[first...last])
    }
}
