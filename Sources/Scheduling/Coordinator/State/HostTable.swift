import Identities

/// Units of one kind that read the same.
struct WorkKind: Hashable, Sendable, Codable {
    var kind: CostKindIndex
    var inputs: InputIndex
}

/// What the coordinator knows of a host, or of a container on one, from all workers that ran there.
struct HostRecord: Sendable, Codable {
    /// The host's name, for people.
    var label: String
    var finished = 0
    var failed = 0
    /// What units of each kind did here: failures, and whether any finished.
    var failures: [WorkKind: Int] = [:]
    var finishedKinds: Set<WorkKind> = []
    /// The last failure that was reported from here, or the last death.
    var lastError: String?
    /// Why nothing is leased to its workers.
    var suspension: String?
}

/// All hosts that workers ran on, by ``Witness/host``.
struct HostTable: Sendable, Codable {
    private(set) var records: [String: HostRecord] = [:]
    /// On how many hosts a unit of the kind has finished.
    private(set) var finishers: [WorkKind: Int] = [:]
    /// Hosts with failures enough to be judged by.
    private(set) var failing: Set<String> = []

    subscript(host: String) -> HostRecord? { records[host] }

    /// Hosts that are suspended, in the order of their names.
    var suspended: [String] { records.filter { $0.value.suspension != nil }.keys.sorted() }

    mutating func met(_ host: String, label: String) {
        records[host, default: HostRecord(label: label)].label = label
    }

    mutating func countFinished(_ kind: WorkKind, on host: String) {
        guard records[host] != nil else { return }
        records[host]?.finished += 1
        guard records[host]?.finishedKinds.insert(kind).inserted == true else { return }
        finishers[kind, default: 0] += 1
    }

    /// - Parameter isDeath: Deaths count only against the kind: one bad unit can kill many workers.
    mutating func countFailed(_ kind: WorkKind, on host: String, reason: String, isDeath: Bool, enough: Int) {
        guard var record = records[host] else { return }
        if !isDeath { record.failed += 1 }
        record.failures[kind, default: 0] += 1
        record.lastError = reason
        records[host] = record
        if record.failed >= enough || record.failures[kind, default: 0] >= enough { failing.insert(host) }
    }

    /// A result turned out to be a failure.
    mutating func retractFinished(on host: String) { records[host]?.finished -= 1 }

    mutating func suspend(_ host: String, label: String, reason: String) {
        records[host, default: HostRecord(label: label)].suspension = reason
        failing.remove(host)
    }

    /// Forgets all that happened on the host.
    /// - Returns: what is forgotten.
    mutating func clear(_ host: String) -> HostRecord? {
        guard let record = records[host] else { return nil }
        for kind in record.finishedKinds { finishers[kind, default: 1] -= 1 }
        records[host] = HostRecord(label: record.label)
        failing.remove(host)
        return record
    }
}
