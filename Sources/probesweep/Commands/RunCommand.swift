import ArgumentParser
import Cluster
import Foundation
import Launch
import Ledger
import Logging
import Results
import Sweeps

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a sweep on this machine, then print both tables. When run again, it resumes.")

    @Argument(help: "The sweep's specification, a YAML file.")
    var specification: String

    @Option(
        help: """
            Worker processes; by default as many as have --threads processors each, within the limits of control groups \
            and Slurm.
            """)
    var workers: Int?

    @Option(help: "Threads of each worker.")
    var threads = 1

    @Option(
        help: """
            Memory that each worker may use, in GB, not counting mapped features; by default an even part of what \
            control groups and Slurm allow, and 4 where nothing limits memory.
            """)
    var memory: Double?

    @OptionGroup var leakage: LeakageOptions
    @OptionGroup var again: RetryOptions
    @OptionGroup var options: StateOptions

    func validate() throws {
        if let workers, workers < 1 { throw ValidationError("--workers must be at least 1, not \(workers).") }
        guard threads > 0 else { throw ValidationError("--threads must be at least 1, not \(threads).") }
        if let memory, !(memory > 0) { throw ValidationError("--memory must be more than 0, not \(memory).") }
    }

    func run() async throws {
        StateOptions.keepPrivate()
        try AddressSpace.check()
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler(label: label, stream: LogStream())
            // The terminal shows progress; only warnings are logged beside it.
            handler.logLevel = .warning
            return handler
        }
        let source = try SweepSource.read(specification)
        try LocalCluster.checkKernels(for: source.specification)
        try leakage.check(source)
        let ledger = try Ledger.open(options.state)
        let allotment = Allotment(.current)
        let workers = workers ?? max(1, allotment.threads.value / threads)
        let cluster = LocalCluster(
            state: URL(filePath: options.state), workers: workers, threadsPerWorker: threads,
            gigabytesPerWorker: memory ?? Double(allotment.memory(ofEach: workers)) / 1e9,
            program: ProgramVersion.program,
            journal: JournalSettings(state: options.state, program: ProgramVersion.current))
        switch try await train(source, ledger, cluster, Interruption()) {
        case .done: try SweepTables.write(of: source.specification.name, in: ledger.reader)
        case .quarantined:
            try SweepTables.write(of: source.specification.name, in: ledger.reader)
            RetryOptions.advise()
            throw Exit.quarantined
        case .cancelled:
            Exit.complain("the sweep was cancelled; what it has finished is kept")
            throw Exit.failure
        case .interrupted:
            Exit.complain("interrupted; run the same command again to resume")
            throw Exit.failure
        }
    }

    /// Trains with its progress shown, which stays on the terminal in the end.
    private func train(
        _ source: SweepSource, _ ledger: Ledger, _ cluster: LocalCluster, _ interrupted: Interruption
    ) async throws -> LocalCluster.Ending {
        let (name, state) = (source.specification.name, options.state)
        let display = ProgressDisplay(
            leaders: LeaderWatch { try SweepTables.leaders(of: name, in: try LedgerReader.open(state)) })
        defer { display.end() }
        return try await cluster.run(
            source, retry: again.retry, ledger: ledger, logger: Logger(label: "probesweep"), progress: display.show,
            isInterrupted: { interrupted.came })
    }
}
