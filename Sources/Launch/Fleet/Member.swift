import Scheduling

/// A worker that the fleet may have, under a name that each of its processes bears in turn.
struct Member: Sendable {
    /// One start.
    struct Start: Sendable {
        enum Stage: Sendable { case submitting, queued, running, cancelling }

        /// Nil until the engine has taken it.
        var job: JobID?
        var stage = Stage.submitting
        var submitted: Instant
        /// Since when it runs.
        var running: Instant?
        var hasJoined = false
    }

    let name: String
    var start: Start?
    var history = StartHistory()
    /// All processes of this name that have joined.
    var known: Set<String> = []

    /// Whether it counts as a worker that is there or on its way.
    var isOutstanding: Bool {
        guard let start else { return false }
        return start.stage != .cancelling
    }

    /// Seconds since the start runs, or since it was submitted if that is not known.
    func life(at now: Instant) -> Double {
        guard let start else { return 0 }
        return now.seconds(since: start.running ?? start.submitted)
    }
}
