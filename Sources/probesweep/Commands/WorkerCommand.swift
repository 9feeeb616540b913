import ArgumentParser
import Cluster
import Foundation
import Logging
import Numerics
import Scheduling
import Sweeps
import Training
import Transport
import Units

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Train what a coordinator hands out.",
        discussion: """
            SIGTERM, SIGINT and SIGUSR1 end it in order: units not begun go back at once, the pass in training may \
            finish. A second signal ends it without waiting.
            """)

    @OptionGroup var connection: ConnectionOptions

    @Option(help: "Threads to train with.")
    var threads = 1

    @Option(help: "This worker's name; without it the host's name and a number.")
    var name: String?

    @Option(
        help: """
            A folder for results that are not handed in yet, and for checkpoints, which workers of one folder share.
            """)
    var cache = WorkerCommand.defaultCache

    @Option(
        help: """
            A folder below which feature sets lie on this machine, besides where the client saw them. May be repeated.
            """)
    var features: [String] = []

    @Option(
        help: """
            Memory that the process may hold, in GB. Passes are cut to fit; a unit that does not fit at all fails and \
            says what it needs. Mapped features do not count: they leave when memory is short.
            """)
    var memory = 4.0

    @Option(help: "Seconds from now until this worker will be ended; it is not handed what it cannot finish.")
    var lifetime: Double?

    @Option(help: "Seconds of training between checkpoints; 0 keeps one at the end of every epoch.")
    var checkpointSeconds = 2.0

    @Option(
        help: """
            When this worker will be ended: a time of today or tomorrow as HH:MM, a date and time as \
            YYYY-MM-DDTHH:MM:SSZ, or seconds since 1970. Without it SLURM_JOB_END_TIME, where Slurm sets it.
            """)
    var until: EndTime?

    @Option(help: "A file that standard error is appended to, so that the last output of a crashed worker is kept.")
    var log: String?

    @Option(help: .hidden)
    var parent: Int32?

    static var defaultCache: String {
        let caches = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache"
        return caches + "/probesweep"
    }

    func validate() throws {
        guard threads > 0 else { throw ValidationError("--threads must be at least 1, not \(threads).") }
        guard checkpointSeconds >= 0 else {
            throw ValidationError("--checkpoint-seconds must be at least 0, not \(checkpointSeconds).")
        }
        guard lifetime == nil || until == nil else { throw ValidationError("Give --until or --lifetime, not both.") }
        guard memory > 0 else { throw ValidationError("--memory must be more than 0, not \(memory).") }
    }

    func run() async throws {
        if let log { try PreviousStderr.redirectStandardError(to: log) }
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        let logger = Logger(label: "worker")
        let kernel = try KernelPath.fromEnvironment()
        ProcessMemory.returnLargeBlocks()
        let lock = try WorkerLock.take(name: name, cache: URL(filePath: cache))
        let security = try KeyFile.read(connection.keys).dealerSecurity(path: connection.keys)
        let identity = WorkerIdentity(
            programVersion: ProgramVersion.current, name: lock.name, kernelPath: kernel.rawValue)
        var settings = WorkerSettings(id: identity.id, name: lock.name)
        settings.speed = CostModel.measure(kernel: kernel, threads: threads).speed(relativeTo: .reference)
        settings.threads = threads
        settings.lifetime = lifetime ?? (until ?? .ofBatchJob)?.secondsFromNow
        let lastWords = PreviousStderr(seat: lock.folder)
        settings.lastWords = lastWords.found
        let training = PassRunner.Configuration(
            threads: threads, kernel: kernel, memoryBudget: Int(memory * 1e9), featureRoots: features)
        let checkpoints = try CheckpointFolder.open(
            URL(filePath: cache).appending(path: "checkpoints"), interval: checkpointSeconds)
        let worker = try WorkerService(
            WorkerService.Configuration(
                identity: identity, settings: settings, endpoint: connection.connect, security: security,
                cache: lock.folder, checkpoints: checkpoints),
            logger: logger
        ) { PassRunner(training, identity: identity, checkpoints: checkpoints, logger: logger, tell: $0) }
        logger.info(
            "worker starts",
            metadata: ["name": "\(lock.name)", "threads": "\(threads)", "kernel": "\(kernel.rawValue)"])
        let end = worker.end
        let signals = Signals([SIGTERM, SIGINT, SIGUSR1]) { _ in end() }
        let watchdog = parent.map(ParentWatchdog.init)
        let status = await worker.run()
        withExtendedLifetime((signals, watchdog)) {}
        lastWords.end()
        throw ExitCode(status)
    }
}
