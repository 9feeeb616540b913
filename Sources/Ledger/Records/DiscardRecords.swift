public import Foundation
public import Identities

/// Which results of a sweep are selected; every member narrows the selection.
public struct ResultSelection: Sendable, Equatable {
    /// Keys, nil for all.
    public var units: [UnitKey]?
    /// The worker that reported them.
    public var worker: String?
    /// When they were committed.
    public var since: Date?
    public var until: Date?

    public init(units: [UnitKey]? = nil, worker: String? = nil, since: Date? = nil, until: Date? = nil) {
        self.units = units
        self.worker = worker
        self.since = since
        self.until = until
    }
}

/// Results that are, or were, in the ledger.
public struct SelectedResults: Sendable, Equatable {
    /// Their units, in the sweep's order.
    public var units: [UnitKey] = []
    /// How many of them each worker reported.
    public var workers: [String: Int] = [:]
    /// When the first and the last of them were committed.
    public var committed: ClosedRange<Date>?
    /// Other sweeps that have units among them, and how many.
    public var sharing: [SharingSweep] = []

    public init() {}
}

/// A sweep that shares units with another.
public struct SharingSweep: Sendable, Equatable {
    public var id: SweepID
    public var name: String
    public var state: SweepRecord.State
    public var units: Int
}

/// A unit whose result was removed, as a coordinator needs it to train it again.
public struct DiscardedUnit: Sendable, Equatable {
    public var sweep: SweepID
    public var key: UnitKey
    public var pass: PassID
    public var cost: Double
    /// Nil where an earlier version has planned the sweep.
    public var kind: CostKind?
}
