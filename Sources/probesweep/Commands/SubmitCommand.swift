import ArgumentParser
import Cluster
import Sweeps

struct SubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Submit a sweep to a coordinator. A sweep that was submitted before resumes.")

    @Argument(help: "The sweep's specification, a YAML file.")
    var specification: String

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var leakage: LeakageOptions
    @OptionGroup var again: RetryOptions

    @Flag(help: "Show progress until all units are done, then end with the sweep's exit status.")
    var wait = false

    @OptionGroup var onEnd: OnEndOptions

    @Option(
        help: "Sweeps of higher priority go first; -1000 to 1000, 0 unless given. May be changed by submitting again.")
    var priority: Int?

    @Flag(help: "Cancel your sweep of the same name if its content is another. Its results are kept.")
    var replace = false

    func validate() throws {
        guard (-1_000...1_000).contains(priority ?? 0) else {
            throw ValidationError("--priority must be between -1000 and 1000, not \(priority ?? 0).")
        }
        guard onEnd.onEnd == nil || wait else {
            throw ValidationError("--on-end is for the client that waits: give --wait too.")
        }
    }

    func run() async throws {
        let source = try SweepSource.read(specification)
        try leakage.check(source)
        let client = try connection.client()
        let sweep = try client.submit(source, retry: again.retry, priority: priority, replaces: replace)
        for note in sweep.notes { Exit.complain(note) }
        Exit.complain("sweep \(sweep.number) (\(sweep.name)): \(sweep.units) units, \(sweep.alreadyDone) already done")
        guard wait else { return Exit.complain(next("status", sweep)) }
        try await follow(sweep, client)
        Exit.complain(next("table", sweep))
    }

    /// The command that a user gives next.
    private func next(_ command: String, _ sweep: SubmittedSweep) -> String {
        "next: probesweep \(command) \(sweep.number)\(connection.repeated)"
    }

    private func follow(_ sweep: SubmittedSweep, _ client: CoordinatorClient) async throws {
        let endpoint = try connection.endpoint()
        let display = ProgressDisplay(
            leaders: LeaderWatch {
                try await SweepTables.leaders(of: "\(sweep.number)", at: endpoint.address, keys: endpoint.keys)
            })
        defer { display.end() }
        let ended = try await SweepFollower(client).follow(sweep, display)
        onEnd.run(ended)
        switch ended.outcome {
        case .done: break
        case .quarantined:
            RetryOptions.advise()
            throw Exit.quarantined
        case .cancelled, .failed: throw Exit.failure
        }
    }
}
