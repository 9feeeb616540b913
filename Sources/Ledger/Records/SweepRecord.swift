public import Foundation
public import Identities

/// A sweep as the ledger knows it.
public struct SweepRecord: Sendable, Equatable, Identifiable {
    public enum State: String, Sendable, Equatable { case active, cancelled }

    public var id: SweepID
    public var name: String
    public var state: State
    public var createdAt: Date
    public var units: Int
    public var done: Int
    public var quarantined: Int

    /// Neither done nor in quarantine.
    public var unfinished: Int { units - done - quarantined }
}

/// A pass of a sweep.
public struct PassRecord: Sendable, Equatable, Identifiable {
    public var id: Int64
    public var name: PassID
    public var folder: String
}

/// A unit without a result, as a restarted coordinator needs it.
public struct UnfinishedUnit: Sendable, Equatable {
    public var key: UnitKey
    /// ``PassRecord/id``.
    public var pass: Int64
    public var cost: Double
    /// Its kind's number, nil where an earlier version has planned the sweep.
    public var kind: Int64?
}

/// A unit that will not be trained, and why.
public struct QuarantinedUnit: Sendable, Equatable {
    public var key: UnitKey
    public var reason: String

    public init(key: UnitKey, reason: String) {
        self.key = key
        self.reason = reason
    }
}

/// The failures that the ledger holds against unfinished units of a sweep.
public struct UnitHistory: Sendable, Equatable {
    public var quarantined: [UnitKey: String] = [:]
    /// Failures that count, oldest attempt first.
    public var failures: [FailureRecord] = []
}

/// One cell of a sweep's grid, finished or not.
public struct SweepRow: Sendable, Equatable {
    public var position: Int
    public var key: UnitKey
    public var canonicalForm: Data
    /// JSON of a `UnitResult`; nil while there is none.
    public var payload: Data?
    /// Why it will not be trained, if it is in quarantine.
    public var quarantine: String?
}
