import Identities
import OrderedCollections

/// Which key each process used first; from another one its identity is not accepted.
struct KeyBindings: Sendable, Codable {
    /// Processes that are remembered. One that is forgotten holds no lease any more, so that nothing is to be had by its
    /// name.
    private static let limit = 65_536

    private var keys: OrderedDictionary<WorkerID, String> = [:]

    /// Whether the process may speak with the key; the first one that it uses is its key.
    mutating func admits(_ id: WorkerID, key: String) -> Bool {
        if let known = keys[id] { return known == key }
        keys[id] = key
        if keys.count > Self.limit { keys.removeFirst(Self.limit / 4) }
        return true
    }
}
