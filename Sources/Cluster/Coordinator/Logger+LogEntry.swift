import Logging
import Scheduling

extension Logger {
    /// Logs a note: a constant message with its values as metadata.
    func log(_ note: LogEntry) {
        switch note {
        case .workerJoined(let name, let id): info("worker joined", ["worker": name, "incarnation": "\(id)"])
        case .workerAway(let name, _, let reason): warning("worker away", ["worker": name, "reason": reason])
        case .workerReturned(let name, _): info("worker returned", ["worker": name])
        case .workerLost(let name, _, let reason, let units):
            warning("worker lost", ["worker": name, "reason": reason, "units.given.back": "\(units)"])
        case .workerLeft(let name, _, let units): info("worker left", ["worker": name, "units.given.back": "\(units)"])
        case .hostSuspended(let host, let reason): warning("host suspended", ["host": host, "reason": reason])
        case .hostResumed(let host): info("host resumed", ["host": host])
        case .leaseAdopted(let name, let attempt, let units):
            info("lease adopted", ["worker": name, "lease": "\(attempt)", "units": "\(units)"])
        case .leaseVanished(let name, let attempt, let units):
            warning("lease vanished", ["worker": name, "lease": "\(attempt)", "units": "\(units)"])
        case .unitsReturned(let name, let attempt, let units):
            info("units given back", ["worker": name, "lease": "\(attempt)", "units": "\(units)"])
        case .leaseCopied(let name, let attempt, let units):
            info("lease copied to an idle worker", ["worker": name, "lease": "\(attempt)", "units": "\(units)"])
        case .resultsOfOtherSweeps(let name, let units):
            info("results of sweeps that are not served here kept", ["worker": name, "units": "\(units)"])
        case .duplicatesDropped(let name, let units): info("duplicates dropped", ["worker": name, "units": "\(units)"])
        case .strangersDropped(let name, let units):
            warning("reports of units that were not leased to it dropped", ["worker": name, "units": "\(units)"])
        case .messageRefused(let name, let reason):
            warning("message refused", ["worker": name, "reason": reason])
        case .unitFailed(let unit, let worker, let reason):
            warning("unit failed", ["unit": "\(unit)", "worker": worker, "reason": reason])
        case .unitCharged(let unit, let worker): warning("unit charged", ["unit": "\(unit)", "worker": worker])
        case .unitQuarantined(let unit, let reason):
            error("unit quarantined", ["unit": "\(unit)", "reason": reason])
        case .paused(let reason): error("dispatch paused", ["reason": reason])
        case .resumed: warning("dispatch resumed", [:])
        case .settled(let workers): info("settled", ["workers": "\(workers)"])
        }
    }

    private func info(_ message: Message, _ values: [String: String]) { info(message, metadata: metadata(values)) }
    private func warning(_ message: Message, _ values: [String: String]) {
        warning(message, metadata: metadata(values))
    }
    private func error(_ message: Message, _ values: [String: String]) { error(message, metadata: metadata(values)) }

    private func metadata(_ values: [String: String]) -> Metadata { values.mapValues { .string($0) } }
}
