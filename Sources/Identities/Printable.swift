extension String {
    /// The text on one line, with control characters as escapes: `\u{1B}`, `\n`.
    ///
    /// For text that comes from other machines or files (names, hosts, reasons) wherever it leaves the program for people:
    /// logs, terminals, tables and figures. A control character there moves a terminal's cursor, forges a line of a log or
    /// makes an SVG invalid; a bidirectional override shows other text than there is.
    package var printable: String {
        // Nearly all text is ASCII.
        if utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) { return self }
        guard unicodeScalars.contains(where: \.mustBeEscaped) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            text += scalar.mustBeEscaped ? scalar.escaped(asASCII: true) : String(scalar)
        }
    }

    /// The same for text of several lines, which are kept.
    package var printableLines: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n")
    }
}

extension Unicode.Scalar {
    fileprivate var mustBeEscaped: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        // Embeddings, overrides and isolates of the bidirectional algorithm; other format characters join emoji.
        case .format: 0x202A...0x202E ~= value || 0x2066...0x2069 ~= value
        default: value == 0xFFFE || value == 0xFFFF
        }
    }
}
