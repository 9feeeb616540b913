package import Foundation
package import Identities

/// A selection of a sweep's results; every member narrows it.
package struct ResultSelection: Sendable, Equatable {
    /// Keys, nil for all.
    package var units: [UnitKey]?
    /// The worker that reported them.
    package var worker: String?
    /// When they were committed.
    package var since: Date?
    package var until: Date?

    package init(units: [UnitKey]? = nil, worker: String? = nil, since: Date? = nil, until: Date? = nil) {
        self.units = units
        self.worker = worker
        self.since = since
        self.until = until
    }
}

/// Results that are, or were, in the ledger.
package struct SelectedResults: Sendable, Equatable {
    /// Their units, in the sweep's order.
    package var units: [UnitKey] = []
    /// How many of them each worker reported.
    package var workers: [String: Int] = [:]
    /// When the first and the last of them were committed.
    package var committed: ClosedRange<Date>?
    /// Other sweeps that share these units, with the number of units.
    package var sharing: [SharingSweep] = []

    package init() {}
}

/// A sweep that shares units with another.
package struct SharingSweep: Sendable, Equatable {
    package var id: SweepID
    package var name: String
    package var owner: String?
    package var state: SweepRecord.State
    package var units: Int
}

/// A unit whose result was removed, as a coordinator needs it to train it again.
package struct DiscardedUnit: Sendable, Equatable {
    package var sweep: SweepID
    package var key: UnitKey
    package var pass: PassID
    /// Where the client saw the pass's feature set.
    package var folder: String
    package var cost: Double
    /// Nil where an earlier version has planned the sweep.
    package var kind: CostKind?
    /// The numbers of those members of its form that were asked for.
    package var members: [Int64] = []
}
