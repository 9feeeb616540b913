import Foundation
import Identities

/// Shows progress on standard error: a line redrawn in place on a terminal, an occasional line in a log.
package final class ProgressDisplay {
    private let isTerminal = Terminal.isStandardError
    private var lastShown: ContinuousClock.Instant?

    package init() {}

    package func show(_ progress: Progress) {
        let now = ContinuousClock.now
        let pause: Duration = isTerminal ? .milliseconds(200) : .seconds(15)
        if let lastShown, now - lastShown < pause, !progress.isFinished { return }
        lastShown = now
        write(isTerminal ? "\(Terminal.clearLine)\(progress.line.printable)" : "\(progress.line.printable)\n")
    }

    /// Leaves the live line in place, so that what follows begins on its own line.
    package func end() {
        if isTerminal, lastShown != nil { write("\n") }
        lastShown = nil
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}

/// Standard error as the place of log messages, each on one line: their values come from other machines.
package struct LogStream: TextOutputStream, Sendable {
    private let isBesideProgress: Bool

    /// - Parameter isBesideProgress: whether a message replaces a live line, which is then redrawn below it.
    package init(isBesideProgress: Bool = false) { self.isBesideProgress = isBesideProgress }

    /// - Parameter message: one message and the end of its line.
    package mutating func write(_ message: String) {
        let clearing = isBesideProgress && Terminal.isStandardError ? Terminal.clearLine : ""
        FileHandle.standardError.write(Data((clearing + Self.line(message)).utf8))
    }

    static func line(_ message: String) -> String {
        message.hasSuffix("\n") ? String(message.dropLast()).printable + "\n" : message.printable
    }
}

private enum Terminal {
    static let isStandardError = isatty(STDERR_FILENO) == 1
    /// Carriage return, then erase to the end of the line.
    static let clearLine = "\r\u{1B}[K"
}
