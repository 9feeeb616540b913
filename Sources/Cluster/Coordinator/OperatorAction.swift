package import Identities

/// What an operator asks of the coordinator from its page: what commands ask for too.
package enum OperatorAction: Sendable, Equatable {
    case cancel(SweepID)
    /// Try the sweep's units in quarantine again.
    case retry(SweepID)
    /// Sweeps of higher priority go first.
    case prioritise(SweepID, Int)
    /// Let the workers of this name finish what they began, and give them no more.
    case drain(worker: String)
    /// End the suspension of the host of this worker.
    case resume(worker: String)

    package enum Outcome: Sendable, Equatable {
        /// What was done, in words.
        case done(String)
        /// Why it was not, and what to do about it.
        case refused(String)
    }

    /// The least and the most that a priority may be.
    package static let priorities = -1_000...1_000
}
