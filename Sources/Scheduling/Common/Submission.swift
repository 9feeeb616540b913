package import Identities

/// A sweep, or a part of one, as it is submitted to the coordinator.
package struct SweepSubmission: Sendable, Equatable, Codable {
    package var sweep: SweepID
    /// Whose it is: clients share the workers evenly. Empty for the operator's.
    package var client: String
    /// Sweeps of higher priority go first.
    package var priority: Int
    /// Units to train, by pass. Leases are cut in the order given, so units that share most should be neighbours.
    package var passes: [WorkPass]
    /// How many of the sweep's units have results in the ledger; those are not listed in `passes`.
    package var alreadyDone: Int
    /// Listed units that the ledger has in quarantine, with the reason.
    package var quarantined: [UnitKey: String]
    /// Failures and deaths of listed units on record in the ledger.
    package var history: [FailureRecord]
    /// Leases of listed units that were issued before this coordinator started.
    package var formerLeases: [IssuedLease]
    /// The kinds that ``WorkItem/kind`` is an index of.
    package var kinds: [CostKind]
    /// What ``WorkItem/inputs`` counts, from 1.
    package var inputs: [UnitInputs]
    /// False if further submissions of the same sweep follow; only a complete sweep can be finished.
    package var isComplete: Bool

    package init(
        sweep: SweepID, client: String = "", priority: Int = 0, passes: [WorkPass], alreadyDone: Int = 0,
        quarantined: [UnitKey: String] = [:],
        history: [FailureRecord] = [], formerLeases: [IssuedLease] = [], kinds: [CostKind] = [.unknown],
        inputs: [UnitInputs] = [], isComplete: Bool = true
    ) {
        self.sweep = sweep
        self.client = client
        self.priority = priority
        self.passes = passes
        self.alreadyDone = alreadyDone
        self.quarantined = quarantined
        self.history = history
        self.formerLeases = formerLeases
        self.kinds = kinds
        self.inputs = inputs
        self.isComplete = isComplete
    }
}

/// Units of one pass.
package struct WorkPass: Sendable, Equatable, Codable {
    package var pass: PassID
    package var units: [WorkItem]

    package init(_ pass: PassID, _ units: [WorkItem]) {
        self.pass = pass
        self.units = units
    }
}

/// A unit and its predicted cost in seconds on a worker of speed 1.
package struct WorkItem: Sendable, Equatable {
    package var unit: UnitKey
    package var cost: Float
    /// Index in the submission's kinds.
    package var kind: UInt16
    /// What it reads: 1 for the first of the submission's inputs; 0 where it is not said, so that any worker may have it.
    package var inputs: UInt16

    package init(_ unit: UnitKey, cost: Float, kind: UInt16 = 0, inputs: UInt16 = 0) {
        self.unit = unit
        self.cost = cost
        self.kind = kind
        self.inputs = inputs
    }
}
