import Foundation

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
        write(isTerminal ? "\(Terminal.clearLine)\(progress.line)" : "\(progress.line)\n")
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

/// Where log messages go beside a live line: a message replaces the line, which is then redrawn below it.
package struct LogBesideProgress: TextOutputStream, Sendable {
    package init() {}

    package mutating func write(_ message: String) {
        let text = Terminal.isStandardError ? Terminal.clearLine + message : message
        FileHandle.standardError.write(Data(text.utf8))
    }
}

private enum Terminal {
    static let isStandardError = isatty(STDERR_FILENO) == 1
    /// Carriage return, then erase to the end of the line.
    static let clearLine = "\r\u{1B}[K"
}
