/// Whatever starts workers on machines: this process, ssh, Slurm, Kubernetes. It decides nothing: it performs what the
/// ``Fleet`` orders, and says how jobs stand.
package protocol Engine: Sendable {
    /// Seconds between two looks at the jobs: as often as the engine bears.
    var pollInterval: Double { get }

    /// Brings to the machines what workers need, and checks that the engine can be used at all.
    ///
    /// - Parameter report: takes a line for people.
    /// - Throws: ``EngineError``.
    func prepare(report: (String) -> Void) async throws

    /// Starts one worker.
    ///
    /// - Throws: ``EngineError`` if the engine refuses.
    func submit(_ order: WorkerOrder) async throws -> JobID

    /// How jobs stand; a job that the engine does not know is missing.
    ///
    /// - Throws: ``EngineError`` if the engine cannot be asked.
    func survey(_ jobs: [JobID]) async throws -> JobSurvey

    /// Ends jobs in order: each worker gets SIGTERM, and time to hand back what it holds.
    func cancel(_ jobs: [JobID]) async throws

    /// Removes what ``prepare(report:)`` and ``submit(_:)`` made for this launch alone.
    func release() async

    /// The commands, scripts and manifests by which a worker would be started, for people.
    func shown(_ order: WorkerOrder) -> String
}

extension Engine {
    package func release() async {}
}

/// An engine cannot do what it was asked for.
package struct EngineError: Error, Equatable, CustomStringConvertible {
    /// The command that failed, or the host.
    package var what: String
    package var reason: String

    package init(_ what: String, _ reason: String) {
        self.what = what
        self.reason = reason
    }

    /// Most programs begin what they say with their own name.
    package var description: String { reason.hasPrefix("\(what): ") ? reason : "\(what): \(reason)" }
}
