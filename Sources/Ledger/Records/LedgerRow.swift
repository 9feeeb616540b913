public import Foundation
public import Sweeps

/// One change that the coordinator asks the ledger to make durable.
public enum LedgerRow: Sendable, Equatable {
    /// The one result of a unit; a later one is ignored and counted.
    case result(UnitKey, attempt: UInt64, worker: String, payload: Data)
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
    public var cause: Cause
    public var reason: String

    public init(attempt: UInt64, worker: String, cause: Cause, reason: String) {
        self.attempt = attempt
        self.worker = worker
        self.cause = cause
        self.reason = reason
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
