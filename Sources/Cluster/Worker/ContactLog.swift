import Scheduling
import Transport

/// When a worker's log speaks of its coordinator: of a refusal when it is a new one, of silence every half minute.
struct ContactLog {
    /// Seconds between two lines about silence.
    static let interval = 30.0
    /// Seconds for which a key may be refused before that is final: an allow list that is being edited admits nobody for a
    /// moment.
    static let refusalPatience = 10.0

    private var lastHeard: Instant
    private var lastLine: Instant
    private var refusal: RefusalReason?
    private var notAllowedSince: Instant?

    init(at now: Instant) {
        lastHeard = now
        lastLine = now
    }

    mutating func heard(at now: Instant) {
        lastHeard = now
        lastLine = now
        refusal = nil
        notAllowedSince = nil
    }

    /// Whether this refusal is another one than the last since something was heard; ZeroMQ tries again every second.
    mutating func isNew(_ reason: RefusalReason) -> Bool {
        defer { refusal = reason }
        return refusal != reason
    }

    /// Whether the key has been refused for so long, and nothing else happened, that trying on is pointless.
    mutating func isFinal(_ reason: RefusalReason, at now: Instant) -> Bool {
        notAllowedSince = reason == .notAllowed ? notAllowedSince ?? now : nil
        return notAllowedSince.map { now.seconds(since: $0) >= Self.refusalPatience } ?? false
    }

    /// Seconds since anything was heard, if it is time to say so.
    mutating func silence(at now: Instant) -> Double? {
        guard now.seconds(since: lastLine) >= Self.interval else { return nil }
        lastLine = now
        return now.seconds(since: lastHeard)
    }
}
