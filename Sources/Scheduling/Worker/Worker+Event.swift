package import Identities

extension Worker {
    /// A fact that the shell reports.
    package enum Event: Sendable, Equatable {
        // The connection.

        case connected
        case disconnected

        // The coordinator. Every one of these is a sign of life.

        case welcomed(Welcome)
        case rejected(reason: String)
        /// The coordinator does not know this peer and wants a hello.
        case registrationAsked
        case leased(Lease, LeaseContent = LeaseContent())
        /// Units of a lease to drop, started or not; no units stand for the whole lease.
        case cancelled(Attempt, [UnitKey])
        case acknowledged([Receipt])
        /// The coordinator wants to know whether this can be read here.
        case inputsAsked([InputQuery])
        /// The host is suspended for a reason, or no longer is; for the log.
        case suspended(reason: String?)
        /// Any other sign of life.
        case beat

        // The pass in training.

        /// Units that finished or failed, under the attempt of the pass in training.
        case unitsEnded([UnitReport])
        /// What of the inputs can be read here, and what not; the folders below which they are looked for.
        case inputsChecked([InputState], roots: [String])
        /// Units that cannot be trained here and now, through no fault of theirs.
        case unitsGivenBack(Attempt, [UnitKey])
        /// The pass is over. Its units without a report failed for the reason, or are given back if there is none.
        case passEnded(Attempt, reason: String?)
        /// Share of the pass that is done, 0 … 1.
        case progressed(Attempt, Double)
        /// The pass seems stuck for a reason, or no longer does.
        case stuck(Attempt, reason: String?)

        // The process.

        /// A signal, an operator or a host that will be gone soon asks the worker to end.
        case drainRequested
        /// A second signal: end without waiting for the pass in training.
        case haltRequested
        /// ``Worker/nextDeadline`` has come. Harmless when early.
        case timerFired
    }
}
