/// A row for the ledger.
package enum LedgerRow: Sendable, Equatable, Codable {
    /// The one result of a unit.
    case result(UnitKey, Attempt, worker: String, payload: [UInt8])
    /// An outstanding lease, so that after a restart only its holder may continue it.
    case lease(IssuedLease)
    /// A failure that counts against a unit.
    case failure(FailureRecord)
    /// A failure that no longer counts, because the worker was at fault or turned out to be alive.
    case forgiven(UnitKey, Attempt)
    /// The unit will not be tried again.
    case quarantine(UnitKey, reason: String)
    /// The unit may be tried again, and none of its failures counts.
    case release(UnitKey)
}

/// A lease in the ledger: only its holder may continue its units or report their results.
package struct IssuedLease: Sendable, Equatable, Codable {
    package var attempt: Attempt
    package var holder: LeaseHolder
    package var units: [UnitKey]

    package init(attempt: Attempt, holder: LeaseHolder, units: [UnitKey]) {
        self.attempt = attempt
        self.holder = holder
        self.units = units
    }
}

/// One failure that counts against a unit: by error, or by the death of the worker that trained it alone.
package struct FailureRecord: Sendable, Equatable, Codable {
    package enum Cause: String, Sendable, Equatable, Codable { case error, death }

    package var unit: UnitKey
    package var attempt: Attempt
    package var worker: String
    /// The process that failed or was thought dead; nil in records of an earlier version.
    package var workerID: WorkerID?
    /// Where it ran, as the identity of machine and mount namespace, and with which public key; nil in records of an
    /// earlier version.
    package var machine: String?
    package var key: String?
    package var cause: Cause
    package var reason: String

    package init(
        unit: UnitKey, attempt: Attempt, worker: String, workerID: WorkerID? = nil, machine: String? = nil,
        key: String? = nil, cause: Cause, reason: String
    ) {
        self.unit = unit
        self.attempt = attempt
        self.worker = worker
        self.workerID = workerID
        self.machine = machine
        self.key = key
        self.cause = cause
        self.reason = reason
    }
}
