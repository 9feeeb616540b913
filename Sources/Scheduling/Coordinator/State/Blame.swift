import Identities

/// What is held against one unit.
struct Blame: Sendable, Codable {
    var failures: [FailureRecord] = []

    /// Workers that it is better not given to again.
    var names: Set<String> { Set(failures.lazy.map(\.worker)) }
}
