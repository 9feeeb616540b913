import Scheduling

/// Samples the log when one cause fails many units: of notes with the same reason, the 1st, 10th, 100th are logged.
struct LogSampler {
    private var timesTold: [String: Int] = [:]

    mutating func isWorthTelling(_ note: LogEntry) -> Bool {
        switch note {
        case .unitFailed(_, _, let reason): isRound("failed " + reason)
        case .unitQuarantined(_, let reason): isRound("quarantined " + reason)
        case .messageRefused(let worker, let reason): isRound("refused " + worker + reason)
        case .strangersDropped(let worker, _): isRound("strangers " + worker)
        default: true
        }
    }

    private mutating func isRound(_ reason: String) -> Bool {
        let times = timesTold[reason, default: 0] + 1
        timesTold[reason] = times
        var power = 1
        while power < times { power *= 10 }
        return power == times
    }
}
