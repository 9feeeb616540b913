import Identities

/// The failures that count against one unit.
struct FailureHistory: Sendable, Codable {
    var failures: [FailureRecord] = []

    /// Machines that the unit should avoid.
    var machines: Set<String> { Set(failures.lazy.map(\.witness.machine)) }
}

extension FailureRecord {
    /// Records of earlier versions know the worker's name only.
    var witness: Witness { Witness(machine: machine ?? worker, key: key ?? "") }
}
