package import Identities

/// A line of the coordinator's log. Cases are constant, so that logs can be searched; values go into metadata.
package enum LogEntry: Sendable, Equatable {
    case workerJoined(String, WorkerID)
    /// The connection is lost; its units are kept for a while, since it may only be cut off.
    case workerAway(String, WorkerID, reason: String)
    /// The same process is back on another connection.
    case workerReturned(String, WorkerID)
    /// Dead: it was disconnected or fell silent; this many units were given back.
    case workerLost(String, WorkerID, reason: String, units: Int)
    /// It said goodbye; this many units were given back.
    case workerLeft(String, WorkerID, units: Int)
    case hostSuspended(String, reason: String)
    case hostResumed(String)
    /// Leases that an unknown or lost peer still holds were taken over.
    case leaseAdopted(String, Attempt, units: Int)
    /// The worker does not list a lease that it was sent long ago: the message was lost, and the units are given back.
    case leaseVanished(String, Attempt, units: Int)
    /// The worker has given back units that it has not started, or cannot finish before it ends.
    case unitsReturned(String, Attempt, units: Int)
    /// Units in training elsewhere got a speculative copy.
    case leaseCopied(String, Attempt, units: Int)
    /// Results of sweeps that are not served here, written to the ledger all the same.
    case resultsOfOtherSweeps(String, units: Int)
    /// Results of units that were done already, acknowledged and dropped.
    case duplicatesDropped(String, units: Int)
    /// Reports of unknown units, or of units that this worker was not leased, acknowledged and dropped.
    case strangersDropped(String, units: Int)
    /// A message that contradicts itself or claims another worker's identity; it changed nothing.
    case messageRefused(String, reason: String)
    case unitFailed(UnitKey, worker: String, reason: String)
    /// The unit was in training alone when the worker died.
    case unitCharged(UnitKey, worker: String)
    case unitQuarantined(UnitKey, reason: String)
    /// Dispatch has stopped; the reason says what has to change.
    case paused(reason: String)
    case resumed
    case settled(workers: Int)
}
