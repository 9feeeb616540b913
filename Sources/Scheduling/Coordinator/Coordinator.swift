/// The coordinator's side of the cluster as a value: which units are wanted, who holds which of them, and what is to be
/// believed about workers and units.
public struct Coordinator: Sendable {
    public let settings: CoordinatorSettings
    /// Which start of the coordinator on its ledger this is, from 1. Must grow with every start.
    public let incarnation: UInt32

    /// A coordinator that starts now.
    ///
    /// Unfinished sweeps are submitted next, and only then is the socket opened: what nobody submitted is not wanted.
    /// - Parameter knownWorkers: Names that are likely to hold leases of the incarnation before: nothing is leased until
    ///   all of them said hello, or the settling time is over. Empty on a first start.
    public init(
        _ settings: CoordinatorSettings = CoordinatorSettings(), incarnation: UInt32, knownWorkers: Set<String> = [],
        at now: Instant
    ) {
        self.settings = settings
        self.incarnation = incarnation
    }

    /// The only way to change the state: takes a fact, returns what is to be done about it, in order.
    ///
    /// - Complexity: O(1) or O(log n) a unit or a peer that the event is about; O(n) in the units of a sweep for
    ///   submission and cancellation.
    public mutating func handle(_ event: Event, at now: Instant) -> [Directive] {
        []
    }

    /// When `timerFired` is due at the latest.
    public var nextDeadline: Instant { .distantFuture }

    /// How everything stands.
    public func status(at now: Instant) -> Status {
        Status(sweeps: [], workers: [], pausedReason: nil, duplicatesDropped: 0, secondsToGo: nil)
    }
}
