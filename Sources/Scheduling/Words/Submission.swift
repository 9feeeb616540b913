/// A sweep, or a part of one, as it is submitted to the coordinator.
public struct SweepSubmission: Sendable, Equatable, Codable {
    public var sweep: SweepID
    /// Units to train, by pass. Leases are cut in the order given, so units that share most should be neighbours.
    public var passes: [PlannedPass]
    /// How many of the sweep's units have results in the ledger; those are not listed in `passes`.
    public var alreadyDone: Int
    /// Listed units that the ledger has in quarantine, with the reason.
    public var quarantined: [UnitDigest: String]
    /// Failures and deaths of listed units on record in the ledger.
    public var history: [FailureRecord]
    /// Leases of listed units that were issued before this coordinator started.
    public var formerLeases: [FormerLease]
    /// The kinds that ``PlannedUnit/kind`` is an index of.
    public var kinds: [CostKind]
    /// False if further submissions of the same sweep follow; only a complete sweep can be finished.
    public var isComplete: Bool

    public init(
        sweep: SweepID, passes: [PlannedPass], alreadyDone: Int = 0, quarantined: [UnitDigest: String] = [:],
        history: [FailureRecord] = [], formerLeases: [FormerLease] = [], kinds: [CostKind] = [.unknown],
        isComplete: Bool = true
    ) {
        self.sweep = sweep
        self.passes = passes
        self.alreadyDone = alreadyDone
        self.quarantined = quarantined
        self.history = history
        self.formerLeases = formerLeases
        self.kinds = kinds
        self.isComplete = isComplete
    }
}

/// Units of one pass.
public struct PlannedPass: Sendable, Equatable, Codable {
    public var pass: PassID
    public var units: [PlannedUnit]

    public init(_ pass: PassID, _ units: [PlannedUnit]) {
        self.pass = pass
        self.units = units
    }
}

/// A unit and its predicted cost in seconds on a worker of speed 1.
public struct PlannedUnit: Sendable, Equatable {
    public var unit: UnitDigest
    public var cost: Float
    /// Index in the submission's kinds.
    public var kind: UInt16

    public init(_ unit: UnitDigest, cost: Float, kind: UInt16 = 0) {
        self.unit = unit
        self.cost = cost
        self.kind = kind
    }
}

/// A lease on record in the ledger: only its holder may continue its units or report their results.
public struct FormerLease: Sendable, Equatable, Codable {
    public var attempt: Attempt
    public var holder: LeaseHolder
    public var units: [UnitDigest]

    public init(attempt: Attempt, holder: LeaseHolder, units: [UnitDigest]) {
        self.attempt = attempt
        self.holder = holder
        self.units = units
    }
}

/// One failure that counts against a unit: by error, or by the death of the worker that trained it alone.
public struct FailureRecord: Sendable, Equatable, Codable {
    public enum Cause: String, Sendable, Equatable, Codable { case error, death }

    public var unit: UnitDigest
    public var attempt: Attempt
    public var worker: String
    /// The process that failed or was thought dead; nil if an earlier version wrote the record.
    public var workerID: WorkerID?
    public var cause: Cause
    public var reason: String

    public init(
        unit: UnitDigest, attempt: Attempt, worker: String, workerID: WorkerID? = nil, cause: Cause, reason: String
    ) {
        self.unit = unit
        self.attempt = attempt
        self.worker = worker
        self.workerID = workerID
        self.cause = cause
        self.reason = reason
    }
}
