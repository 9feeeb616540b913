import Identities

/// The failures that count against one unit.
struct FailureHistory: Sendable, Codable {
    var failures: [FailureRecord] = []

    /// Workers that the unit should avoid.
    var names: Set<String> { Set(failures.lazy.map(\.worker)) }
}
