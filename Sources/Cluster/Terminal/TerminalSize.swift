import Foundation

package struct TerminalSize {
    package let columns: Int
    package let rows: Int

    /// Of the terminal behind a file descriptor; 80 × 24 where it does not tell.
    package static func of(_ descriptor: Int32) -> TerminalSize {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return TerminalSize(columns: 80, rows: 24)
        }
        return TerminalSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }
}

extension String {
    /// Columns that a terminal takes for it: two for the wide characters of East Asian scripts and for emoji.
    package var terminalWidth: Int { reduce(0) { $0 + $1.terminalWidth } }

    /// As much of it as fits, with an ellipsis where something is left out.
    package func fitted(to columns: Int) -> String {
        guard terminalWidth > columns else { return self }
        var (kept, width) = ("", 0)
        for character in self {
            width += character.terminalWidth
            guard width < columns else { break }
            kept.append(character)
        }
        return columns > 0 ? kept + "…" : ""
    }
}

extension Character {
    fileprivate var terminalWidth: Int {
        guard let first = unicodeScalars.first else { return 0 }
        return Self.wide.contains { $0.contains(first.value) } ? 2 : 1
    }

    /// Code points that Unicode's East Asian Width calls wide, in blocks.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD,
    ]
}
