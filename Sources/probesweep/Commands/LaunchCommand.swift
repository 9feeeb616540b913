import ArgumentParser
import Cluster
import Foundation
import Identities
import Launch
import Ledger
import Numerics
import Scheduling
import Sweeps
import Transport

struct LaunchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "launch",
        abstract: "Run a sweep on many machines: start coordinator and workers, wait, print both tables, let all go.",
        discussion: """
            Workers are started through the engine, as many as the work needs, and replaced when their time is up. The \
            launch goes on when this terminal goes away; the same command finds it again. What stands after -- goes to \
            the engine's own program: sbatch, ssh or kubectl.

              probesweep launch sweep.yaml --on slurm --at-most 50 -- --partition cpu --cpus-per-task 16 --time 4:00:00
              probesweep launch sweep.yaml --on ssh:node1,node2
              probesweep launch --status
            """)

    @Argument(
        help: "The sweep's specification, a YAML file. Without it, workers are kept for the coordinator of --connect.")
    var specification: String?

    @Option(name: .customLong("on"), help: "local, ssh:HOST,HOST, ssh:@FILE, slurm or kubernetes.")
    var engine: EngineOption?

    @Option(help: "The least number of workers while there is work. (default: 1; with ssh, all hosts)")
    var atLeast: Int?

    @Option(help: "The greatest number of workers. (default: 10; with ssh, all hosts; with local, one a processor)")
    var atMost: Int?

    @Option(help: "The time within which all work is to be done, which decides how many workers are wanted.")
    var targetTime = TimeSpan(seconds: WorkersWanted.standardTarget)

    @Option(help: "The time without work after which a worker leaves.")
    var idleTimeout = TimeSpan(seconds: 600)

    @Option(help: "The launch's name. (default: the sweep's)")
    var name: String?

    @Option(
        help: """
            Where the coordinator listens; port * selects a free one. (default: tcp://0.0.0.0:*; with local, \
            tcp://127.0.0.1:*)
            """)
    var listen: String?

    @Option(help: "The name or address at which workers reach this machine. (default: its host name)")
    var address: String?

    @Option(help: "Join a coordinator that stays, instead of starting one. (default: $PROBESWEEP_CONNECT)")
    var connect: String?

    @Option(help: "The key file of this client, for --connect. (default: $PROBESWEEP_KEYS)")
    var keys: String?

    @Option(help: "The folder in which workers' keys are made. (default: keys in --state)")
    var keyDirectory: String?

    @Option(
        help: """
            Slurm: a folder that the nodes see too, for the program and each worker's keys and log. (default: \
            ~/.cache/probesweep)
            """)
    var shared: String?

    @Option(help: "The kernel path to pin results to. (default: the best that all machines offer)")
    var kernel: String?

    @OptionGroup var workers: LaunchedWorkerOptions
    @OptionGroup var kubernetes: KubernetesOptions
    @OptionGroup var leakage: LeakageOptions
    @OptionGroup var again: RetryOptions
    @OptionGroup var onEnd: OnEndOptions
    @OptionGroup var options: StateOptions

    @Flag(help: "Print the commands, scripts and manifests, and do nothing.")
    var show = false

    @Flag(help: "Return as soon as the launch runs.")
    var detach = false

    @Flag(help: "Show the launches of --state.")
    var status = false

    @Option(help: "End the launch of this name: its workers hand back what they hold, and are let go.")
    var stop: String?

    @Argument(parsing: .postTerminator, help: "Options for the engine's own program.")
    var engineOptions: [String] = []

    func validate() throws {
        guard onEnd.onEnd == nil || (specification != nil && !detach && !show && !status && stop == nil) else {
            throw ValidationError(
                "--on-end is for the command that waits for a sweep: give a specification, and none of --detach, --show, "
                    + "--status and --stop.")
        }
        if status || stop != nil { return }
        guard engine != nil else { throw ValidationError("Give --on local, ssh:HOSTS, slurm or kubernetes.") }
        if specification == nil, connect == nil, EnvironmentDefault.connect.value == nil {
            throw ValidationError("Give a specification, or --connect with the coordinator that workers are kept for.")
        }
        if let listen, let problem = EndpointSyntax.problem(of: listen, allowsAnyPort: true) {
            throw ValidationError("--listen: \(problem).")
        }
        if let atMost, atMost < 1 { throw ValidationError("--at-most must be at least 1, not \(atMost).") }
        if let atLeast, atLeast < 0 { throw ValidationError("--at-least must not be negative.") }
        if let atLeast, let atMost, atLeast > atMost {
            throw ValidationError("--at-least \(atLeast) is more than --at-most \(atMost).")
        }
        if let kernel, !KernelPath.allCases.contains(where: { $0.rawValue == kernel }) {
            let known = KernelPath.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--kernel: “\(kernel)” is not a kernel path; these are \(known).")
        }
        for span in [targetTime, idleTimeout] where span.seconds <= 0 {
            throw ValidationError("--target-time and --idle-timeout must be more than 0.")
        }
        try workers.validate()
    }

    func run() async throws {
        StateOptions.keepPrivate()
        if status { return try LaunchReport.show(options.state) }
        if let stop { return try await LaunchEnd.stop(stop, in: options.state) }
        let source = try specification.map { try SweepSource.read($0) }
        let settings = try settings(source)
        if show { return try Output.text(try settings.shown(program: ProgramVersion.program)) }
        if let source { try check(source, settings) }
        let folder = LaunchFolder(state: options.state, name: settings.name)
        let process = try folder.whileBeginning { try start(settings, in: folder) }
        guard !detach, specification != nil else {
            return Exit.complain("launch \(folder.name) goes on by itself; next: probesweep launch --status\(repeated)")
        }
        try await LaunchFollower(folder, settings, process, onEnd).follow()
    }

    private func check(_ source: SweepSource, _ settings: LaunchSettings) throws {
        try leakage.check(source)
        guard settings.engine.isLocal else { return }
        var specification = source.specification
        specification.kernel = kernel ?? specification.kernel
        try LocalCluster.checkKernels(for: specification)
    }

    /// Starts the launch's process, unless one runs.
    private func start(_ settings: LaunchSettings, in folder: LaunchFolder) throws -> DetachedProcess? {
        let former = try? folder.settings()
        if folder.supervisor != nil {
            guard former != settings else { return nil }
            let others = former?.differences(from: settings).joined(separator: ", ")
            throw LaunchConflict(
                "launch \(folder.name) runs already, with other settings (\(others ?? "which cannot be read")). Give the same "
                    + "command as then, another --name, or first probesweep launch --stop \(folder.name)\(repeated)")
        }
        if folder.hasJobs, let former,
            former.engine != settings.engine || former.engineOptions != settings.engineOptions
                || former.identity != settings.identity
        {
            let difference =
                former.identity == settings.identity
                ? "with other options for it" : "in another folder or on another machine"
            throw LaunchConflict(
                "launch \(folder.name) has left jobs on \(former.engineName), and was begun \(difference); "
                    + "first probesweep launch --stop \(folder.name)\(repeated)")
        }
        try folder.begin(settings)
        let process = try DetachedProcess.start(
            ProgramVersion.program, ["launch-supervisor", folder.url.path], log: folder.errors)
        // Until the launch is its process's, another command would take it for one that nobody runs.
        while folder.supervisor == nil, process.isRunning { usleep(20_000) }
        return process
    }

    private var repeated: String { options.givenState.map { " --state \(ShellQuoting.quoted($0))" } ?? "" }

    private func settings(_ source: SweepSource?) throws -> LaunchSettings {
        let remote = try Endpoint(connect: connect, keys: keys).map {
            LaunchSettings.Remote(endpoint: $0.address, keys: Self.absolute($0.keys))
        }
        let (kind, most) = try engineKind()
        if kind.isLocal, let atLeast, atLeast < most {
            throw ValidationError(
                "--at-least is for engines that start machines; on this one all \(most) workers are kept.")
        }
        let keyDirectory = Self.absolute(self.keyDirectory ?? options.state + "/keys")
        if remote != nil, !FileManager.default.fileExists(atPath: KeyDirectory(path: keyDirectory).coordinatorFile) {
            throw ValidationError(
                "--key-directory: \(keyDirectory) has no keys of a coordinator; give the folder that its `--keys` names."
            )
        }
        let least = atLeast ?? (kind.isMachines ? most : specification == nil ? 0 : 1)
        let folder = LaunchFolder(state: options.state, name: name ?? source?.specification.name ?? "workers")
        let settings = LaunchSettings(
            name: folder.name, identity: folder.identity,
            specification: try specification.flatMap { file in
                try source.map {
                    try LaunchSettings.Specification(file: Self.absolute(file), sweep: $0.specification.name)
                }
            },
            engine: kind, atLeast: min(least, most), atMost: most,
            target: targetTime.seconds, idleTimeout: idleTimeout.seconds, state: Self.absolute(options.state),
            listen: listen ?? "tcp://\(kind.isLocal ? "127.0.0.1" : "0.0.0.0"):*", address: address, remote: remote,
            keyDirectory: keyDirectory,
            shared: shared.map(Self.absolute), kernel: kernel,
            retry: again.retry, workerOptions: workers.arguments(local: kind.isLocal ? most : nil),
            engineOptions: engineOptions)
        if let problem = settings.problemOfEngineOptions { throw ValidationError("\(problem).") }
        return settings
    }

    /// The engine, and the greatest number of its workers.
    private func engineKind() throws -> (LaunchSettings.EngineKind, Int) {
        switch engine {
        case .local, nil:
            let count = atMost ?? max(1, Allotment(.current).threads.value / (workers.threads ?? 1))
            return (.local, count)
        case .slurm: return (.slurm, atMost ?? 10)
        case .kubernetes: return (.kubernetes(try kubernetes.settings()), atMost ?? 10)
        case .ssh(let text):
            do {
                let hosts = try HostList(text).hosts.prefix(atMost ?? .max)
                return (.ssh(hosts: Array(hosts)), hosts.count)
            } catch {
                throw ValidationError("\(error).")
            }
        }
    }

    private static func absolute(_ path: String) -> String { URL(filePath: path).standardizedFileURL.path }
}

/// A launch of this name is there already, and is another.
struct LaunchConflict: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
