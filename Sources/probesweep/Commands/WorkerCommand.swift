import ArgumentParser
import Cluster
import Foundation
import Launch
import Logging
import Numerics
import Scheduling
import Sweeps
import Training
import Transport
import Units

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Run a worker: it trains the units that a coordinator leases to it.",
        discussion: """
            SIGTERM, SIGINT and SIGUSR1 shut it down gracefully: it returns units that it has not begun and finishes \
            the pass in training. A second signal ends it without waiting.
            """)

    @OptionGroup var connection: ConnectionOptions

    @Option(
        help: """
            A one-time token of `probesweep keys invite`, or - for standard input: unless the file of --keys exists, it is \
            written with new keys, and the coordinator accepts them for the token.
            """)
    var enrol: String?

    @Option(
        help: """
            Threads to train with; by default Slurm's processors for each task, or all processors that the process may \
            run on, within the time that its control group may use.
            """)
    var threads: Int?

    @Option(
        help: """
            Whether threads keep to a processor each: on, off, or auto, which does so from 16 processors if the worker has all \
            that it may run on. Workers on the same processors must not all say on.
            """)
    var pin = Pinning.auto

    @Option(help: "This worker's name; by default the host's name and a number.")
    var name: String?

    @Option(
        help: """
            A folder for results that are not committed yet, and for checkpoints, which all workers with this folder \
            share. (default: $XDG_CACHE_HOME/probesweep or ~/.cache/probesweep; in a job of Slurm or Kubernetes, \
            checkpoints go to $SLURM_TMPDIR or $TMPDIR)
            """)
    var cache: String?

    @Option(
        help: """
            A folder to search for feature sets on this machine, besides the folder that the client used; may be \
            repeated.
            """)
    var features: [String] = []

    @Option(
        help: """
            Memory that the process may use, in GB. Passes are divided to fit; a unit that does not fit fails, and the \
            error says how much it needs. Mapped features do not count: they are evicted when memory is short. (default: \
            nine tenths or so of the least limit that its control groups or Slurm set; without a limit 4, or less on a small \
            machine)
            """)
    var memory: Double?

    @Option(help: "Seconds until this worker will be stopped; it gets only units that it can finish by then.")
    var lifetime: Double?

    @Option(help: "Seconds of training between checkpoints; 0 keeps one at the end of every epoch.")
    var checkpointSeconds = 2.0

    @Option(
        help: """
            When this worker will be stopped: a time today or tomorrow as HH:MM, a date and time as \
            YYYY-MM-DDTHH:MM:SSZ, or seconds since 1970. By default the end of the Slurm job, from SLURM_JOB_END_TIME or \
            else from scontrol.
            """)
    var until: EndTime?

    @Option(
        help: """
            Leave, with status 0, after this long without a lease (90s, 10m, 1h or none). Results that the coordinator has not \
            confirmed keep the worker. (default: 10m in a job of Slurm or Kubernetes, none elsewhere)
            """)
    var idleTimeout: IdleTimeout?

    @Option(help: "A file for standard error, which is appended, so that the last output of a crashed worker is kept.")
    var log: String?

    @Flag(help: .hidden)
    var endWithInput = false

    func validate() throws {
        if let threads, threads < 1 { throw ValidationError("--threads must be at least 1, not \(threads).") }
        guard checkpointSeconds >= 0 else {
            throw ValidationError("--checkpoint-seconds must be at least 0, not \(checkpointSeconds).")
        }
        guard lifetime == nil || until == nil else { throw ValidationError("Give --until or --lifetime, not both.") }
        if let memory, !(memory > 0) { throw ValidationError("--memory must be more than 0, not \(memory).") }
    }

    func run() async throws {
        // Before anything that takes time.
        let signals = StartSignals([SIGTERM, SIGINT, SIGUSR1])
        if endWithInput { try ParentPipe.endProcessWithParent() }
        StateOptions.keepPrivate()
        try AddressSpace.check()
        if let log { try PreviousStderr.redirectStandardError(to: log) }
        LoggingSystem.bootstrap { StreamLogHandler(label: $0, stream: LogStream()) }
        let logger = Logger(label: "worker")
        let kernel = try KernelPath.fromEnvironment()
        let surroundings = Surroundings.current
        let allotment = Allotment(
            surroundings, threads: self.threads, memory: self.memory.map { Int(min($0 * 1e9, 1e18)) })
        let threads = allotment.threads.value
        ProcessMemory.returnLargeBlocks()
        let cache = WorkerCache(self.cache, in: surroundings, home: NSHomeDirectory())
        let lock = try signals.making({ try WorkerLock.take(name: name, cache: URL(filePath: cache.results)) }) {
            $0.removeEmptyFolder()
        }
        let coordinator = try connection.endpoint()
        if let enrol { try await Enrolment(endpoint: coordinator, logger: logger).completeOrExit(.argument(enrol)) }
        let security = try KeyFile.read(coordinator.keys).dealerSecurity(path: coordinator.keys)
        let identity = WorkerIdentity(
            programVersion: ProgramVersion.current, name: lock.name, kernelPath: kernel.rawValue)
        var settings = WorkerSettings(id: identity.id, name: lock.name)
        settings.speed = CostModel.measure(kernel: kernel, threads: threads).speed(relativeTo: .reference)
        settings.threads = threads
        let end = end(in: surroundings)
        settings.lifetime = end?.time.secondsFromNow
        settings.idleTimeout = (idleTimeout ?? .standard(in: surroundings)).seconds
        let previousStderr = signals.making({ PreviousStderr(seat: lock.folder) }) { $0.end() }
        settings.previousStderr = previousStderr.found
        let processors = pin.processors(threads: threads, allowed: surroundings.processors)
        let training = PassRunner.Configuration(
            threads: threads, processors: processors, kernel: kernel, memoryBudget: allotment.memory.value,
            featureRoots: features, speed: settings.speed)
        let checkpoints = try CheckpointFolder.open(
            CheckpointFolder.place(in: URL(filePath: cache.checkpoints)), interval: checkpointSeconds)
        let worker = try WorkerService(
            WorkerService.Configuration(
                identity: identity, settings: settings, endpoint: coordinator.address, security: security,
                cache: lock.folder, checkpoints: checkpoints),
            logger: logger
        ) { PassRunner(training, identity: identity, checkpoints: checkpoints, logger: logger, tell: $0) }
        logger.info(
            "worker starts",
            metadata: [
                "name": "\(lock.name)", "kernel": "\(kernel.rawValue)", "threads": "\(allotment.threads.description)",
                "pinned": "\(processors.isEmpty ? "no" : "yes")", "memory": "\(allotment.memory.gigabytesDescription)",
                "until": "\(end.map { "\($0.time.date.ISO8601Format()) (\($0.source))" } ?? "no end is known")",
                "idle timeout": "\(settings.idleTimeout.map { "\(Int($0)) s" } ?? "none")",
                "results": "\(cache.results)", "checkpoints": "\(cache.checkpoints)",
            ])
        signals.pass(to: worker.end)
        let status = await worker.run()
        withExtendedLifetime(signals) {}
        previousStderr.end()
        lock.removeEmptyFolder()
        throw ExitCode(status)
    }

    /// When this process will be stopped, and what says so.
    private func end(in surroundings: Surroundings) -> (time: EndTime, source: String)? {
        if let lifetime { return (EndTime(date: .now + lifetime), "--lifetime") }
        if let until { return (until, "--until") }
        return EndTime.ofBatchJob(surroundings.environment).map { ($0.end, $0.source) }
    }
}
