/// A line of the coordinator's story. Cases are constant, so that logs can be searched; values go into metadata.
public enum Note: Sendable, Equatable {
    case workerJoined(String, PeerID)
    /// Dead: its connection went or it fell silent; so many units were given back.
    case workerLost(String, PeerID, reason: String, units: Int)
    /// It said goodbye; so many units were given back.
    case workerLeft(String, PeerID, units: Int)
    case workerSuspended(String, reason: String)
    case workerResumed(String)
    /// Leases that an unknown or lost peer still holds were taken over.
    case leaseAdopted(String, Attempt, units: Int)
    /// The worker does not list a lease that it was sent long ago: message lost, units given back.
    case leaseVanished(String, Attempt, units: Int)
    /// The worker has given back units that it has not started, or cannot finish before it ends.
    case unitsReturned(String, Attempt, units: Int)
    /// Units that are in training elsewhere were leased a second time.
    case leaseCopied(String, Attempt, units: Int)
    /// Results of units that were done already, acknowledged and dropped.
    case duplicatesDropped(String, units: Int)
    /// Reports under attempts that nobody issued, or of units that nobody asked for, acknowledged and dropped.
    case strangersDropped(String, units: Int)
    case unitFailed(UnitDigest, worker: String, reason: String)
    /// The unit was in training alone when the worker died.
    case unitCharged(UnitDigest, worker: String)
    case unitQuarantined(UnitDigest, reason: String)
    /// Dispatch has stopped; the reason says what has to change.
    case paused(reason: String)
    case resumed
    case settled(workers: Int)
}
