/// A host whose workers get no leases.
package struct SuspendedHost: Sendable, Equatable, Codable {
    /// The identity of machine and mount namespace, with the key of its workers.
    package var host: String
    /// The host's name, for people.
    package var label: String
    package var reason: String

    package init(host: String, label: String, reason: String) {
        self.host = host
        self.label = label
        self.reason = reason
    }
}
