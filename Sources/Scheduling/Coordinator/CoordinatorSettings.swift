/// Everything about the coordinator that an operator may want to change. All times are in seconds.
package struct CoordinatorSettings: Sendable, Equatable, Codable {
    /// A hello of another version is rejected.
    package var protocolVersion = 1

    /// Seconds between the heartbeats of workers.
    package var heartbeatInterval = 1.0
    /// A peer without any traffic for this long is dead, and its units are leased again.
    package var silenceLimit = 3.5
    /// A worker whose connection is lost keeps its units for this long: it may only be cut off.
    package var reconnectGrace = 0.8
    /// After a start with known workers, nothing is leased until all of them said hello, or for at most this long.
    package var settlingTime = 1.0

    /// Guided self-scheduling: a lease takes the cluster's remaining time divided by this.
    package var leaseDivisor = 3.0
    /// A lease is not cut shorter than this (if there are enough units), so that a reading pays.
    package var minimumLeaseSeconds = 1.0
    /// A lease is not cut longer than this, so that a death loses little.
    package var maximumLeaseSeconds = 120.0
    /// A lease has no more units than this, so that its message stays small.
    package var maximumLeaseUnits = 1024
    /// Leases that a worker holds at once: one in training, the rest fetched ahead.
    package var leasesPerWorker = 2
    /// Units predicted to finish sooner than this get no speculative copy.
    package var minimumCopySeconds = 0.2
    /// While workers idle, leases are scanned for units to steal or copy this often.
    package var tailInterval = 0.25
    /// A worker with a limited lifetime gets leases of at most its remaining lifetime divided by this.
    package var lifetimeMargin = 1.5

    /// A unit that failed by error before this many independent witnesses is quarantined; before all of them where there
    /// are fewer, and where there is one, after this many times.
    package var failureLimit = 3
    /// The same for deaths of workers that trained the unit alone.
    package var deathLimit = 3
    /// Units that were in training when a worker died are leased again in this many groups.
    package var suspectGroups = 4
    /// A host is not judged by fewer failures than this.
    package var suspensionMinimumFailures = 5
    /// A host is suspended if its failure rate is above one half and this many times the others'.
    package var suspensionRatio = 5.0

    /// Backoff of a worker whose lease failed altogether, doubled up to sixteen times this.
    package var backoffSeconds = 0.5

    /// Backoff before rows are committed again after the ledger refused them; doubled up to ten times this.
    package var commitRetryDelay = 0.5

    package init() {}
}
