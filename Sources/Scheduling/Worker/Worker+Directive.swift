package import Identities

extension Worker {
    /// An order to the shell.
    package enum Directive: Sendable, Equatable {
        // To the coordinator.

        case sendHello(WorkerHello)
        case sendHeartbeat([LeaseStatus])
        case sendReports([UnitReport])
        /// Units given back unstarted; no units stand for the whole lease.
        case sendReturned(Attempt, [UnitKey])
        case sendInputs([InputState], roots: [String])
        case sendDraining
        case sendGoodbye
        /// The connection is open but the coordinator is silent: close it and connect again.
        case reconnect

        // To the pass.

        /// Look whether these can be read, say so, and say again when that changes.
        case checkInputs([InputQuery])

        /// Train these units together, and report under this attempt.
        case startPass(Lease, LeaseContent = LeaseContent())
        /// Drop these units from the pass in training, and their checkpoints: nobody will go on with them.
        case cancelUnits(Attempt, [UnitKey])
        /// Stop the pass in training; its results are no longer wanted. Do not wait for `passEnded`.
        case abandonPass(Attempt)

        // To the outbox on disk. Ordered before the same reports are sent.

        case store([UnitReport])
        case erase([Receipt])

        // To the process.

        /// The process is to end with this status, 0 after a drain.
        case exit(status: Int32, reason: String)
    }
}
