import Foundation
import Identities
import Synchronization

/// Lines at the end of standard error that are redrawn in place. Messages are written above them.
///
/// Without a terminal nothing is drawn in place, and messages are all there is.
package final class LiveLines: Sendable {
    /// A process has one standard error, so that whoever writes to it knows what to clear.
    package static let standardError = LiveLines()

    package let isTerminal = isatty(STDERR_FILENO) == 1
    private let shown = Mutex<[String]>([])

    private init() {}

    /// The columns of the terminal as it is now; nil without one.
    package var columns: Int? { isTerminal ? TerminalSize.of(STDERR_FILENO).columns : nil }

    /// Replaces the lines, of which as many are shown as the terminal has rows. Each must fit its width, and may hold no
    /// control characters.
    package func show(_ lines: [String]) {
        guard isTerminal else { return }
        let lines = Array(lines.prefix(max(1, TerminalSize.of(STDERR_FILENO).rows - 1)))
        shown.withLock { shown in
            Self.write(clearing(shown) + lines.joined(separator: "\n"))
            shown = lines
        }
    }

    /// Writes whole lines above those that are redrawn.
    package func writeAbove(_ message: String) {
        shown.withLock { shown in
            Self.write(clearing(shown) + message + shown.joined(separator: "\n"))
        }
    }

    /// Leaves the lines where they are: what follows begins on a line of its own.
    package func leave() {
        shown.withLock { shown in
            if !shown.isEmpty { Self.write("\n") }
            shown = []
        }
    }

    /// Goes to the beginning of the first of these lines, and erases to the end of the screen.
    private func clearing(_ lines: [String]) -> String {
        guard !lines.isEmpty, let columns else { return "" }
        // A terminal that has become narrower has broken lines in two.
        let rows = lines.reduce(0) { $0 + max(1, ($1.terminalWidth + columns - 1) / columns) }
        return "\r" + (rows > 1 ? "\u{1B}[\(rows - 1)A" : "") + "\u{1B}[J"
    }

    private static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// Standard error as the place of log messages, each on one line: their values come from other machines.
package struct LogStream: TextOutputStream, Sendable {
    package init() {}

    /// - Parameter message: one message and the end of its line.
    package mutating func write(_ message: String) { LiveLines.standardError.writeAbove(Self.line(message)) }

    static func line(_ message: String) -> String {
        message.hasSuffix("\n") ? String(message.dropLast()).printable + "\n" : message.printable
    }
}
