import Scheduling

/// Consecutive failures of starts, and when the next may be tried.
struct StartHistory: Sendable, Equatable {
    private(set) var failures = 0
    private(set) var notBefore = Instant(nanoseconds: 0)
    private(set) var last: Fleet.Failure?
    private(set) var lastFailure: Instant?

    /// Starts that were under way when one failed are of one round with it, and count once.
    ///
    /// - Parameter submitted: when the failed start was.
    /// - Returns: seconds until the next start.
    mutating func fail(
        _ failure: Fleet.Failure, submitted: Instant, at now: Instant, _ settings: FleetSettings
    ) -> Double {
        if failures == 0 || isLater(submitted) { failures += 1 }
        lastFailure = now
        var failure = failure
        failure.times = failures
        last = failure
        let pause = min(settings.longestPause, settings.firstPause * exponent(failures - 1))
        notBefore = max(notBefore, now + pause)
        return pause
    }

    /// A start that was made after the last failure has gone well: what failed before does so no more.
    mutating func succeed(submitted: Instant) {
        if isLater(submitted) { failures = 0 }
    }

    private func isLater(_ submitted: Instant) -> Bool { lastFailure.map { submitted > $0 } ?? true }

    private func exponent(_ doublings: Int) -> Double { Double(UInt64(1) << min(doublings, 40)) }
}
