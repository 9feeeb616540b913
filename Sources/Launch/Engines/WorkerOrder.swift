/// One worker to be started.
package struct WorkerOrder: Sendable, Equatable {
    /// The worker's name, which is also that of its key.
    package var member: String
    /// Where it finds the coordinator.
    package var endpoint: String
    /// Its key file, on the launching machine.
    package var keys: String
    /// Where its standard error goes, on the machine that the engine writes logs on.
    package var log: String
    /// Seconds without work after which it leaves; nil for never.
    package var idleTimeout: Double?
    /// Further options for the worker, as the user gave them: `--features`, `--threads`, `--memory`.
    package var options: [String]

    package init(
        member: String, endpoint: String, keys: String, log: String, idleTimeout: Double?, options: [String]
    ) {
        self.member = member
        self.endpoint = endpoint
        self.keys = keys
        self.log = log
        self.idleTimeout = idleTimeout
        self.options = options
    }

    /// The arguments of `probesweep` for this worker. None of them is a secret.
    ///
    /// - Parameter keys: its key file where the worker runs.
    func arguments(keys: String) -> [String] {
        let timeout = idleTimeout.map { "\(Int($0.rounded(.up)))s" } ?? "none"
        return ["worker", "--connect", endpoint, "--keys", keys, "--name", member, "--idle-timeout", timeout] + options
    }
}
