/// A host whose workers get no leases.
package struct SuspendedHost: Sendable, Equatable, Codable {
    /// The identity of machine and mount namespace, or what stands for it.
    package var machine: String
    /// The host's name, for people.
    package var label: String
    package var reason: String

    package init(machine: String, label: String, reason: String) {
        self.machine = machine
        self.label = label
        self.reason = reason
    }
}
