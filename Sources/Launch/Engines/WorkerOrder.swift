/// By what a worker is known to the coordinator.
package enum Credential: Sendable, Equatable {
    /// A key file of this machine.
    case keyFile(String)
    /// The text of a one-time token, with which a worker elsewhere enrols keys of its own.
    case token(String)

    /// - Throws: ``EngineError`` if there is none.
    func tokenText(for member: String) throws(EngineError) -> String {
        guard case .token(let text) = self else {
            throw EngineError("worker \(member)", "it has no token to enrol with")
        }
        return text
    }
}

/// One worker to be started.
package struct WorkerOrder: Sendable, Equatable {
    /// The worker's name, which is also that of its key.
    package var member: String
    /// Where it finds the coordinator.
    package var endpoint: String
    package var credential: Credential
    /// Where its standard error goes, on the machine that the engine writes logs on.
    package var log: String
    /// Seconds without work after which it leaves; nil for never.
    package var idleTimeout: Double?
    /// Further options for the worker, as the user gave them: `--features`, `--threads`, `--memory`.
    package var options: [String]

    package init(
        member: String, endpoint: String, credential: Credential, log: String, idleTimeout: Double?, options: [String]
    ) {
        self.member = member
        self.endpoint = endpoint
        self.credential = credential
        self.log = log
        self.idleTimeout = idleTimeout
        self.options = options
    }

    /// The arguments of `probesweep` for this worker. None of them is a secret.
    ///
    /// - Parameters:
    ///   - keys: its key file where the worker runs.
    ///   - token: the file there with the token by which it enrols, unless it has keys.
    func arguments(keys: String, token: String? = nil) -> [String] {
        let timeout = idleTimeout.map { "\(Int($0.rounded(.up)))s" } ?? "none"
        let enrolment = token.map { ["--enrol", $0] } ?? []
        return ["worker", "--connect", endpoint] + enrolment
            + ["--keys", keys, "--name=\(member)", "--idle-timeout", timeout] + options
    }
}
