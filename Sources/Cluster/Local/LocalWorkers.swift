import Foundation
import Identities
import Transport

/// Supervises the worker processes of a local cluster: restarts those that end, except in a crash loop.
struct LocalWorkers {
    private let folder: URL
    private var seats: [WorkerProcess]
    private let parent: ParentPipe

    /// - Throws: `TransportError` without descriptors.
    init(_ cluster: LocalCluster, endpoint: String, keys: String) throws {
        parent = try ParentPipe()
        let folder = cluster.state.appending(path: "workers")
        self.folder = folder
        seats = (1...cluster.workers).map { number in
            WorkerProcess(
                name: "local-\(number)", log: folder.appending(path: "local-\(number).log"), program: cluster.program,
                arguments: [
                    "worker", "--connect", endpoint, "--keys", keys, "--name", "local-\(number)",
                    "--cache", folder.path, "--threads", "\(cluster.threadsPerWorker)",
                    "--memory", "\(cluster.gigabytesPerWorker)",
                    "--end-with-input",
                ])
        }
    }

    /// The checkpoints of all its workers.
    var checkpoints: URL { CheckpointFolder.place(in: folder) }

    /// Starts the workers that are missing.
    ///
    /// - Parameter joined: the processes that the coordinator knows, by name.
    /// - Throws: `WorkerCrashLoop` on a crash loop, or if a worker does not join.
    mutating func keepUp(joined: [String: Set<WorkerID>]) throws {
        for seat in seats.indices {
            try seats[seat].keepUp(joined: joined[seats[seat].name] ?? [], input: parent.standardInput)
        }
    }

    /// Ends all workers in order and waits for them.
    ///
    /// - Parameter patience: how long they may finish what they have begun; nil for as long as they take.
    func dismiss(within patience: Duration? = nil) {
        let running = seats.compactMap(\.process).filter(\.isRunning)
        for process in running { process.terminate() }
        if let patience {
            let end = ContinuousClock.now + patience
            while running.contains(where: \.isRunning), .now < end { usleep(20_000) }
            for process in running where process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
        for process in running { process.waitUntilExit() }
    }
}

/// A worker's name on this machine, and its current process.
private struct WorkerProcess {
    /// The delay before a worker is started again.
    private static let pause = Duration.seconds(1)
    /// A process that lived this long had started well: its end is not part of a crash loop.
    private static let settledLife = Duration.seconds(60)
    /// A process may find its predecessor's lock still held; this many failures in a row have another cause.
    private static let failureLimit = 5
    /// A process that has not joined after this long never will.
    private static let joiningTime = Duration.seconds(60)

    let name: String
    let log: URL
    let program: URL
    let arguments: [String]
    private(set) var process: Process?
    private var started = ContinuousClock.now - Self.pause
    /// Where the current process's output begins in the log.
    private var logStart = 0
    /// Consecutive processes that failed soon after their start.
    private var failures = 0
    /// Whether the coordinator has heard of the current process.
    private var hasJoined = false
    /// All processes of this name that have joined.
    private var known: Set<WorkerID> = []

    init(name: String, log: URL, program: URL, arguments: [String]) {
        self.name = name
        self.log = log
        self.program = program
        self.arguments = arguments
    }

    mutating func keepUp(joined: Set<WorkerID>, input: FileHandle) throws {
        if !joined.isSubset(of: known) { hasJoined = true }
        known.formUnion(joined)
        if let process, !process.isRunning {
            self.process = nil
            try judge(process)
        } else if process != nil, !hasJoined, .now - started > Self.joiningTime {
            throw crashLoop(.notJoined(seconds: Int(Self.joiningTime.components.seconds)))
        }
        if process == nil, started + Self.pause <= .now { try start(input) }
    }

    /// A signal is a crash or a deliberate kill, and the coordinator finds the unit to blame, if the process had joined. A
    /// worker that exits with a status other than 0 says that it cannot work, and no unit is to blame.
    private mutating func judge(_ process: Process) throws {
        let isExit = process.terminationReason == .exit
        let failed = isExit ? process.terminationStatus != 0 : !hasJoined
        failures = failed && (!hasJoined || .now - started < Self.settledLife) ? failures + 1 : 0
        guard failures >= Self.failureLimit else { return }
        throw crashLoop(
            isExit
                ? .exited(status: process.terminationStatus, times: failures)
                : .killed(signal: process.terminationStatus, times: failures))
    }

    private func crashLoop(_ fault: WorkerCrashLoop.Fault) -> WorkerCrashLoop {
        WorkerCrashLoop(
            worker: name, fault: fault, log: log.path,
            lastLine: PreviousStderr.written(to: log.path, from: logStart)?.split(separator: "\n").last.map(String.init)
        )
    }

    private mutating func start(_ input: FileHandle) throws {
        try PrivateFolder.create(log.deletingLastPathComponent().path)
        if !FileManager.default.fileExists(atPath: log.path) {
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        }
        let errors = try FileHandle(forWritingTo: log)
        logStart = Int(try errors.seekToEnd())
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        started = .now
        hasJoined = false
        try process.run()
        self.process = process
    }
}
