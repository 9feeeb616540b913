/// Who asks a coordinator for something, by the allow list's name for its key.
package struct Requester: Sendable, Hashable {
    /// Nil in the coordinator's own process and on an endpoint without keys.
    package let name: String?
    /// May change sweeps of others. Sweeps without an owner are the operators'.
    package let isOperator: Bool

    package init(name: String?, isOperator: Bool) {
        self.name = name
        self.isOperator = isOperator
    }

    /// Whoever can read the state folder: `run`, and commands with `--state`.
    package static let local = Requester(name: nil, isOperator: true)

    /// Whether a sweep of this owner is one of its own, which it addresses by name and may replace.
    package func owns(sweepOf owner: String?) -> Bool { owner == name || owner == nil && isOperator }

    /// Whether it may cancel a sweep of this owner, or discard its results.
    package func mayChange(sweepOf owner: String?) -> Bool { isOperator || owner != nil && owner == name }
}
