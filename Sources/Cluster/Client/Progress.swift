import Foundation

/// How far a sweep is, as the coordinator knows it.
package struct Progress: Codable, Sendable, Equatable {
    package var total: Int
    package var done: Int
    package var quarantined: Int
    package var workers: Int
    /// Units a second over the recent past, nil before the first.
    package var rate: Double?
    /// Predicted seconds to the end, nil while nothing is known.
    package var secondsToGo: Double?
    /// Why nothing is handed out, when nothing is.
    package var paused: String?
    /// What units wait for because no worker has it.
    package var waiting: String?
    /// Nothing more of it is trained.
    package var isCancelled: Bool

    package init(
        total: Int, done: Int, quarantined: Int, workers: Int, rate: Double?, secondsToGo: Double?, paused: String?,
        waiting: String? = nil, isCancelled: Bool = false
    ) {
        self.isCancelled = isCancelled
        self.total = total
        self.done = done
        self.quarantined = quarantined
        self.workers = workers
        self.rate = rate
        self.secondsToGo = secondsToGo
        self.paused = paused
        self.waiting = waiting
    }

    package var isFinished: Bool { done + quarantined == total }

    /// One line: `412/840 units   3 quarantined   49 %   3.1/s   2 workers   2 m 18 s to go`. Quarantined units count
    /// as progress, so that a sweep that has ended stands at 100 %. `253 of 280, cancelled` for one that was given up.
    package var line: String {
        if isCancelled { return "\(done) of \(total), cancelled" }
        var parts = ["\(done)/\(total) units"]
        if quarantined > 0 { parts.append("\(quarantined) quarantined") }
        parts.append("\(percent) %")
        if let rateText { parts.append(rateText) }
        parts.append(workersText)
        guard !isFinished else { return parts.joined(separator: "   ") }
        if let paused {
            parts.append("paused: \(paused)")
        } else if let secondsToGo {
            parts.append("\(Self.duration(secondsToGo)) to go")
        }
        if let waiting { parts.append(waiting) }
        return parts.joined(separator: "   ")
    }

    /// The line of a log, with the seconds that somebody has waited.
    func line(after seconds: Double) -> String { "\(line)   after \(Self.duration(seconds))" }

    /// From 0 to 1; quarantined units count.
    var share: Double { total == 0 ? 1 : Double(done + quarantined) / Double(total) }

    var percent: Int { total == 0 ? 100 : (done + quarantined) * 100 / total }

    /// Units a second; nil where no rate is known.
    var rateText: String? { rate.map { String(format: $0 < 10 ? "%.1f/s" : "%.0f/s", $0) } }

    var workersText: String { workers == 1 ? "1 worker" : "\(workers) workers" }

    /// `45 s`, `2 m 18 s`, `3 h 5 m`.
    static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) m \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) m"
    }
}
