import Identities

/// Units that were charged with the deaths of processes, by process: a process thought dead may turn out to be alive.
struct DeathCharges: Sendable, Codable {
    private var charges: [WorkerID: [Receipt]] = [:]

    mutating func insert(_ receipt: Receipt, for worker: WorkerID) {
        charges[worker, default: []].append(receipt)
    }

    mutating func remove(_ worker: WorkerID) -> [Receipt] { charges.removeValue(forKey: worker) ?? [] }

    /// Drops a charge that no longer counts against its unit.
    mutating func remove(_ receipt: Receipt, for worker: WorkerID) {
        charges[worker]?.removeAll { $0 == receipt }
        if charges[worker]?.isEmpty == true { charges[worker] = nil }
    }
}
