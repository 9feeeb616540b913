/// Everything about the coordinator that an operator may want to change. All times are in seconds.
public struct CoordinatorSettings: Sendable, Equatable, Codable {
    /// A hello of another version is rejected.
    public var protocolVersion = 1

    /// Seconds between the heartbeats of workers.
    public var heartbeatInterval = 1.0
    /// A peer without any traffic for this long is dead, and its units are leased again.
    public var silenceLimit = 3.5
    /// A worker whose connection is lost keeps its units for this long: it may only be cut off.
    public var reconnectGrace = 0.8
    /// After a start with known workers, nothing is leased until all of them said hello, or for at most this long.
    public var settlingTime = 1.0

    /// Guided self-scheduling: a lease takes the cluster's remaining time divided by this.
    public var leaseDivisor = 3.0
    /// A lease is not cut shorter than this (if there are enough units), so that a reading pays.
    public var minimumLeaseSeconds = 1.0
    /// A lease is not cut longer than this, so that a death loses little.
    public var maximumLeaseSeconds = 120.0
    /// A lease has no more units than this, so that its message stays small.
    public var maximumLeaseUnits = 1024
    /// Leases that a worker holds at once: one in training, the rest fetched ahead.
    public var leasesPerWorker = 2
    /// Units predicted to finish sooner than this get no speculative copy.
    public var minimumCopySeconds = 0.2
    /// While workers idle, leases are scanned for units to steal or copy this often.
    public var tailInterval = 0.25
    /// A worker with a limited lifetime gets leases of at most its remaining lifetime divided by this.
    public var lifetimeMargin = 1.5

    /// A unit that failed by error on this many different workers is quarantined; where there are fewer, this many
    /// times.
    public var failureLimit = 3
    /// The same for deaths of workers that trained the unit alone.
    public var deathLimit = 3
    /// Units that were in training when a worker died are leased again in this many groups.
    public var suspectGroups = 4
    /// A worker is not judged by fewer failures than this.
    public var suspensionMinimumFailures = 5
    /// A worker is suspended if its failure rate is above one half and this many times its peers'.
    public var suspensionRatio = 5.0

    /// Backoff of a worker whose lease failed altogether, doubled up to sixteen times this.
    public var restSeconds = 0.5

    /// Backoff before rows are committed again after the ledger refused them; doubled up to ten times this.
    public var commitRetryDelay = 0.5

    public init() {}
}
