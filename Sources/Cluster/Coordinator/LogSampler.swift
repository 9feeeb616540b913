import Scheduling

/// Samples the log when one cause fails many units: of notes with the same reason, the 1st, 10th, 100th are logged.
struct LogSampler {
    private var counts = RoundCounts()

    mutating func isWorthTelling(_ note: LogEntry) -> Bool {
        switch note {
        case .unitFailed(_, _, let reason): counts.isRound("failed " + reason)
        case .unitQuarantined(_, let reason): counts.isRound("quarantined " + reason)
        case .messageRefused(let worker, let reason): counts.isRound("refused " + worker + reason)
        case .strangersDropped(let worker, _): counts.isRound("strangers " + worker)
        default: true
        }
    }
}
