/// Whether this machine can run sweeps: checks of the machine, of the libraries, and of what the user names.
package struct Diagnosis: Sendable {
    /// The state folder, which need not exist yet.
    package var state: String
    /// Folders of feature sets.
    package var features: [String]
    /// Nil where no coordinator is asked.
    package var coordinator: Coordinator?

    package struct Coordinator: Sendable {
        package var endpoint: String
        package var keys: String

        package init(endpoint: String, keys: String) {
            (self.endpoint, self.keys) = (endpoint, keys)
        }
    }

    package init(state: String, features: [String] = [], coordinator: Coordinator? = nil) {
        (self.state, self.features, self.coordinator) = (state, features, coordinator)
    }

    /// Makes all checks, the quick ones first, and hands each finding out as it is made.
    package func run(_ report: (Finding) throws -> Void) async rethrows {
        try report(kernelPath())
        try report(processors())
        try report(memory())
        for finding in libraries() { try report(finding) }
        for finding in stateFolder() { try report(finding) }
        for folder in features { try report(featureSet(folder)) }
        if let coordinator { try report(await coordinator.answer()) }
    }
}
