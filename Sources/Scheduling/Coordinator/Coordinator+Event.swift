package import Identities

extension Coordinator {
    /// A fact that the shell reports.
    package enum Event: Sendable, Equatable, Codable {
        // Clients and operators.

        /// A sweep, or part of one, is to be trained.
        case sweepSubmitted(SweepSubmission)
        /// The sweep was cancelled; units that no other sweep wants are dropped.
        case sweepCancelled(SweepID)
        /// The sweep goes before those of lower priority from now on.
        case sweepPrioritised(SweepID, Int)
        /// An operator wants the sweep's quarantined units retried, with their failures forgotten.
        case quarantineLifted(SweepID)
        /// An operator drains the workers of this name.
        case workerDrained(String)
        /// An earlier coordinator suspended the host: its workers get no leases.
        case hostSuspended(SuspendedHost)
        /// An operator ends the suspension of the host on this machine.
        case hostResumed(host: String)

        // Workers. Every one of these is a sign of life.

        /// - Parameter key: the public key that the connection proved to hold; empty on endpoints without keys.
        case hello(Address, WorkerHello, key: String)
        /// All leases that the worker holds.
        case heartbeat(Address, [LeaseStatus])
        /// What the worker can read and what not, and the folders below which it looks.
        case inputsChecked(Address, [InputState], roots: [String])
        /// Any other frame that is only a sign of life.
        case traffic(Address)
        case reported(Address, [UnitReport])
        /// The worker gives units back that it has not started; no units stand for the whole lease.
        case returned(Address, Attempt, [UnitKey])
        /// The worker takes no more leases and will end.
        case draining(Address)
        /// The worker ends now.
        case goodbye(Address)
        /// The connection is gone, or nothing can be sent over it.
        case connectionLost(Address, reason: String)
        /// The connection's key is no longer on the allow list: its worker will not come back.
        case keyRevoked(Address)
        /// The ledger cannot say what a lease's units are, so that it was not sent: nobody holds it.
        case leaseNotSent(Attempt, reason: String)

        // The ledger.

        case committed(CommitID)
        /// Nothing of the rows was written, and the reason says why: locked, disk full, read-only.
        case commitFailed(CommitID, reason: String)
        /// The rows were written, but for the results of these units, which the ledger will never take.
        case commitRefused(CommitID, [UnitKey: String])
        /// Results of a sweep were removed from the ledger: these units have none any more, and are to be trained
        /// again.
        case resultsDiscarded(SweepSubmission)

        // Time.

        /// ``Coordinator/nextDeadline`` has come. Harmless when early.
        case timerFired
    }
}
