/// The worker's side of the cluster as a value: what it holds, what it has reported, and whether it shall end.
public struct Worker: Sendable {
    public let settings: WorkerSettings

    /// A worker that starts now, with the reports that an earlier process of this name left in the outbox on disk.
    public init(_ settings: WorkerSettings, outbox: [UnitReport] = [], at now: Instant) {
        self.settings = settings
    }

    /// The only way to change the state: takes a fact, returns what is to be done about it, in order.
    public mutating func handle(_ event: Event, at now: Instant) -> [Directive] {
        []
    }

    /// When `timerFired` is due at the latest.
    public var nextDeadline: Instant { .distantFuture }
}
