import Foundation

/// How far a sweep is, as the coordinator knows it.
public struct Progress: Codable, Sendable, Equatable {
    public var total: Int
    public var done: Int
    public var quarantined: Int
    public var workers: Int
    /// Units a second over the recent past, nil before the first.
    public var rate: Double?
    /// Predicted seconds to the end, nil while nothing is known.
    public var secondsToGo: Double?
    /// Why nothing is handed out, when nothing is.
    public var paused: String?

    public init(
        total: Int, done: Int, quarantined: Int, workers: Int, rate: Double?, secondsToGo: Double?, paused: String?
    ) {
        self.total = total
        self.done = done
        self.quarantined = quarantined
        self.workers = workers
        self.rate = rate
        self.secondsToGo = secondsToGo
        self.paused = paused
    }

    public var isFinished: Bool { done + quarantined == total }

    /// One line: `  412/840 units  49 %   3.1/s   2 workers   2 m 18 s to go`.
    public var line: String {
        var parts = ["\(done)/\(total) units", "\(total == 0 ? 100 : done * 100 / total) %"]
        if let rate { parts.append(String(format: rate < 10 ? "%.1f/s" : "%.0f/s", rate)) }
        parts.append(workers == 1 ? "1 worker" : "\(workers) workers")
        if quarantined > 0 { parts.append("\(quarantined) quarantined") }
        guard !isFinished else { return parts.joined(separator: "   ") }
        if let paused {
            parts.append("paused: \(paused)")
        } else if let secondsToGo {
            parts.append("\(Self.duration(secondsToGo)) to go")
        }
        return parts.joined(separator: "   ")
    }

    /// `45 s`, `2 m 18 s`, `3 h 5 m`.
    static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) m \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) m"
    }
}

/// Shows progress on standard error: a line that renews itself on a terminal, a line now and then in a log.
public final class ProgressDisplay {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var lastShown: ContinuousClock.Instant?
    private var lastLine = ""

    public init() {}

    public func show(_ progress: Progress) {
        let now = ContinuousClock.now
        let pause: Duration = isTerminal ? .milliseconds(200) : .seconds(15)
        if let lastShown, now - lastShown < pause, !progress.isFinished { return }
        guard progress.line != lastLine || !isTerminal else { return }
        lastShown = now
        lastLine = progress.line
        write(isTerminal ? "\r\u{1B}[K\(lastLine)" : "\(lastLine)\n")
    }

    /// Leaves the live line standing, so that what follows begins on a line of its own.
    public func end() {
        if isTerminal, lastShown != nil { write("\n") }
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
