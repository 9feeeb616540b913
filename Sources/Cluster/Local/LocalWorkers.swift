import Foundation
import Transport

/// Supervises the worker processes of a local cluster: restarts those that end, except in a crash loop.
struct LocalWorkers {
    private let folder: URL
    private var seats: [WorkerProcess]

    init(_ cluster: LocalCluster, endpoint: String, keys: String) {
        let folder = cluster.state.appending(path: "workers")
        self.folder = folder
        seats = (1...cluster.workers).map { number in
            WorkerProcess(
                name: "local-\(number)", log: folder.appending(path: "local-\(number).log"), program: cluster.program,
                arguments: [
                    "worker", "--connect", endpoint, "--keys", keys, "--name", "local-\(number)",
                    "--cache", folder.path, "--threads", "\(cluster.threadsPerWorker)",
                    "--memory", "\(cluster.gigabytesPerWorker)",
                    "--parent", "\(ProcessInfo.processInfo.processIdentifier)",
                ])
        }
    }

    /// The checkpoints of all its workers.
    var checkpoints: URL { CheckpointFolder.place(in: folder) }

    /// Starts the workers that are missing.
    /// - Throws: `WorkerCrashLoop` on a crash loop.
    mutating func keepUp() throws {
        try PrivateFolder.create(folder.path)
        for seat in seats.indices { try seats[seat].keepUp() }
    }

    /// Ends all workers in order and waits for them.
    func dismiss() {
        let running = seats.compactMap(\.process).filter(\.isRunning)
        for process in running { process.terminate() }
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

    init(name: String, log: URL, program: URL, arguments: [String]) {
        self.name = name
        self.log = log
        self.program = program
        self.arguments = arguments
    }

    mutating func keepUp() throws {
        if let process, !process.isRunning {
            self.process = nil
            try judge(process)
        }
        if process == nil, started + Self.pause <= .now { try start() }
    }

    /// A signal is a crash or a deliberate kill, and the coordinator finds the unit to blame. A worker that exits with
    /// a status other than 0 says that it cannot work, and no unit is to blame.
    private mutating func judge(_ process: Process) throws {
        let failed = process.terminationReason == .exit && process.terminationStatus != 0
        failures = failed && .now - started < Self.settledLife ? failures + 1 : 0
        guard failures >= Self.failureLimit else { return }
        throw WorkerCrashLoop(
            worker: name, status: process.terminationStatus, times: failures, log: log.path,
            lastLine: PreviousStderr.written(to: log.path, from: logStart)?.split(separator: "\n").last.map(String.init)
        )
    }

    private mutating func start() throws {
        if !FileManager.default.fileExists(atPath: log.path) {
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        }
        let errors = try FileHandle(forWritingTo: log)
        logStart = Int(try errors.seekToEnd())
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        started = .now
        try process.run()
        self.process = process
    }
}
