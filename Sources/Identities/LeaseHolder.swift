/// Whom a lease was issued to: a process, with the name and key by which its successor is recognised.
package struct LeaseHolder: Hashable, Sendable, Codable {
    package var id: WorkerID
    package var name: String
    /// The public key that its connection proved to hold; empty on endpoints without keys.
    package var key: String

    package init(id: WorkerID, name: String, key: String) {
        self.id = id
        self.name = name
        self.key = key
    }

    /// Whether this process may report what the other finished: it is the same process, or a later one of its name and
    /// key, which finds the other's results in the outbox on disk.
    package func mayReport(for other: LeaseHolder) -> Bool { id == other.id || name == other.name && key == other.key }
}
