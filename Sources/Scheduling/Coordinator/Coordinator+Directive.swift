package import Identities

extension Coordinator {
    /// An order to the shell.
    package enum Directive: Sendable, Equatable {
        /// The worker is registered.
        case welcome(Address, Welcome)
        /// The worker cannot take part; it is told why and exits.
        case reject(Address, reason: String)
        /// An unknown sender: ask it for a hello.
        case askToRegister(Address)
        /// A message, or a part of it, was invalid; its sender is told why.
        case refuse(Address, reason: String)
        /// Ask the worker whether it can read these.
        case askInputs(Address, [InputQuery])
        /// Tell the worker that its host is suspended, or that it is not any more, for its log.
        case suspended(Address, reason: String?)
        /// A heartbeat of the coordinator, in answer to the worker's.
        case beat(Address)
        /// Send the lease, and record its holder without waiting for the disk: a restarted coordinator accepts a lease
        /// from nobody else. Answer with `leaseNotSent` if it cannot be sent.
        case lease(Address, LeaseHolder, Lease)
        /// The worker is to drop these units of the lease, started or not; no units stand for the whole lease.
        case cancel(Address, Attempt, [UnitKey])
        /// The reports are in the ledger or not needed: the worker may forget them.
        case acknowledge(Address, [Receipt])
        /// The worker is to give back what it has not started, and to end.
        case drain(Address)
        /// Write the rows, all or none, and answer with `committed` or `commitFailed`; or with `commitRefused` where a
        /// row can never be written and the others were. Commits may share a transaction.
        case commit(CommitID, [LedgerRow])
        /// No unit of the sweep is left to train. Repeated, with new counts, if a quarantined unit finishes after all.
        case sweepFinished(SweepID, SweepCounts)
        /// Write down what the next coordinator on this ledger should know; nothing waits for the disk.
        case remember(WorkerMemory)
        /// A line for the log; nothing is decided by it.
        case note(LogEntry)
    }
}

/// What is remembered of a worker's name over restarts of the coordinator.
package enum WorkerMemory: Sendable, Equatable {
    /// A worker of the name is there: after a restart it is waited for.
    case present(String)
    case absent(String)
    /// Nothing is leased to workers on the host until one of them has shown that it is in order, or an operator says so.
    case suspended(SuspendedHost)
    case resumed(host: String)
}

/// How the units of a sweep stand.
package struct SweepCounts: Sendable, Equatable, Codable {
    /// In the ledger.
    package var done = 0
    package var quarantined = 0
    /// Held by a worker, or being written to the ledger.
    package var leased = 0
    package var pending = 0

    package init(done: Int = 0, quarantined: Int = 0, leased: Int = 0, pending: Int = 0) {
        self.done = done
        self.quarantined = quarantined
        self.leased = leased
        self.pending = pending
    }

    package var total: Int { done + quarantined + leased + pending }
    /// Neither done nor quarantined.
    package var unfinished: Int { leased + pending }
}
