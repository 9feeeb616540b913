public import Foundation
public import Sweeps

/// One change that the coordinator asks the ledger to make durable.
public enum LedgerRow: Sendable, Equatable {
    /// The one result of a unit; a later one is ignored and counted.
    case result(UnitKey, attempt: UInt64, worker: String, payload: Data)
    /// An outstanding lease, so that after a restart only its holder continues it.
    case lease(LeaseEntry)
    /// A failure that counts against a unit.
    case failure(UnitKey, FailureEntry)
    /// A failure that no longer counts.
    case forgiven(UnitKey, attempt: UInt64)
    /// The unit will not be tried again until it is released.
    case quarantine(UnitKey, reason: String)
    /// The unit may be tried again, with no failure held against it.
    case release(UnitKey)
}

/// A failure of a unit, by an error or by the death of the worker that trained it.
public struct FailureEntry: Sendable, Equatable {
    public enum Cause: String, Sendable, Equatable { case error, death }

    public var attempt: UInt64
    public var worker: String
    /// The 16 bytes of the process's incarnation; nil where an earlier version wrote the row.
    public var incarnation: Data?
    public var cause: Cause
    public var reason: String

    public init(attempt: UInt64, worker: String, incarnation: Data? = nil, cause: Cause, reason: String) {
        self.attempt = attempt
        self.worker = worker
        self.incarnation = incarnation
        self.cause = cause
        self.reason = reason
    }
}

/// A lease and whom it was issued to.
public struct LeaseEntry: Sendable, Equatable {
    public var attempt: UInt64
    public var worker: String
    /// The 16 bytes of the process's incarnation.
    public var incarnation: Data
    /// The public key that its connection proved to hold; empty on endpoints without keys.
    public var key: String
    public var units: [UnitKey]

    public init(attempt: UInt64, worker: String, incarnation: Data, key: String, units: [UnitKey]) {
        self.attempt = attempt
        self.worker = worker
        self.incarnation = incarnation
        self.key = key
        self.units = units
    }
}

/// What a commit found.
public struct CommitReceipt: Sendable, Equatable {
    /// Results that are new in the ledger.
    public var committed = 0
    /// Results of units that had one already; the first one stays.
    public var duplicates: [UnitKey] = []

    public init() {}
}
