extension Coordinator {
    /// A fact that the shell brings in.
    public enum Event: Sendable, Equatable, Codable {
        // Clients and operators.

        /// A sweep, or part of one, is to be trained.
        case sweepSubmitted(SweepSubmission)
        /// Nobody wants the sweep any more; units that no other sweep wants are given up.
        case sweepCancelled(SweepID)
        /// An operator wants the sweep's quarantined units tried again, as if nothing had been held against them.
        case quarantineLifted(SweepID)
        /// An operator wants the workers of this name to end.
        case workerDrained(String)
        /// An operator wants the workers of this name to get no leases.
        case workerSuspended(String, reason: String)
        /// An operator trusts the workers of this name again.
        case workerResumed(String)

        // Workers. Every one of these is a sign of life.

        case hello(PeerID, WorkerHello)
        /// All leases that the worker holds.
        case heartbeat(PeerID, [LeaseStatus])
        /// Any other frame that could be read as nothing but life.
        case traffic(PeerID)
        case reported(PeerID, [UnitReport])
        /// The worker gives units back that it has not started; no units stand for the whole lease.
        case returned(PeerID, Attempt, [UnitDigest])
        /// The worker takes no more leases and will end.
        case draining(PeerID)
        /// The worker ends now.
        case goodbye(PeerID)
        /// The connection to the peer is gone, or it can not be reached.
        case connectionLost(PeerID, reason: String)

        // The ledger.

        case committed(CommitID)
        /// Nothing of the rows was written, and the reason says why: locked, disk full, read-only.
        case commitFailed(CommitID, reason: String)

        // Time.

        /// ``Coordinator/nextDeadline`` has come. Harmless when early.
        case timerFired
    }
}
