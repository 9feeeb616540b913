import Foundation

/// Shows progress on standard error: a line that renews itself on a terminal, a line now and then in a log.
public final class ProgressDisplay {
    private let isTerminal = Terminal.isStandardError
    private var lastShown: ContinuousClock.Instant?

    public init() {}

    public func show(_ progress: Progress) {
        let now = ContinuousClock.now
        let pause: Duration = isTerminal ? .milliseconds(200) : .seconds(15)
        if let lastShown, now - lastShown < pause, !progress.isFinished { return }
        lastShown = now
        write(isTerminal ? "\(Terminal.clearLine)\(progress.line)" : "\(progress.line)\n")
    }

    /// Leaves the live line standing, so that what follows begins on a line of its own.
    public func end() {
        if isTerminal, lastShown != nil { write("\n") }
        lastShown = nil
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}

/// Where log messages go beside a live line: a message takes the line's place, and the line comes again below it.
public struct LogBesideProgress: TextOutputStream, Sendable {
    public init() {}

    public mutating func write(_ message: String) {
        let text = Terminal.isStandardError ? Terminal.clearLine + message : message
        FileHandle.standardError.write(Data(text.utf8))
    }
}

private enum Terminal {
    static let isStandardError = isatty(STDERR_FILENO) == 1
    /// To the line's beginning, and all behind it away.
    static let clearLine = "\r\u{1B}[K"
}
