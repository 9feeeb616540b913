import Identities
import OrderedCollections

/// Binds each process to the key that it used first (trust on first use); its identity is not accepted from another
/// one.
struct KeyBindings: Sendable, Codable {
    /// Limit on remembered processes. One that is forgotten holds no lease any more, so impersonating it gains nothing.
    private static let limit = 65_536

    private var keys: OrderedDictionary<WorkerID, String> = [:]

    /// Whether the process may use the key; the first one that it uses is bound to it.
    mutating func admits(_ id: WorkerID, key: String) -> Bool {
        if let known = keys[id] { return known == key }
        keys[id] = key
        if keys.count > Self.limit { keys.removeFirst(Self.limit / 4) }
        return true
    }
}
