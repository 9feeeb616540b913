import Identities
import Scheduling

/// Units a second of each sweep over the recent past.
struct RateMeter {
    private static let window = 20.0

    private struct Sample {
        let at: Instant
        let done: Int
    }

    private var samples: [SweepID: [Sample]] = [:]

    /// Records how many units are done now, and returns units per second since the window began.
    mutating func rate(of sweep: SweepID, done: Int, at now: Instant) -> Double? {
        var recent = samples[sweep, default: []].filter { now.seconds(since: $0.at) <= Self.window }
        if recent.last.map({ now.seconds(since: $0.at) >= 0.2 }) ?? true { recent.append(Sample(at: now, done: done)) }
        samples[sweep] = recent
        guard let first = recent.first, done > first.done else { return nil }
        let seconds = now.seconds(since: first.at)
        return seconds > 0.5 ? Double(done - first.done) / seconds : nil
    }
}
