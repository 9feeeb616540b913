import Foundation

/// The worker processes of a local cluster: whoever is missing is started, but nobody without end.
struct LocalCrew {
    private let folder: URL
    private var seats: [LocalSeat]

    init(_ cluster: LocalCluster, endpoint: String, keys: String) {
        let folder = cluster.state.appending(path: "workers")
        self.folder = folder
        seats = (1...cluster.workers).map { number in
            LocalSeat(
                name: "local-\(number)", log: folder.appending(path: "local-\(number).log"), program: cluster.program,
                arguments: [
                    "worker", "--connect", endpoint, "--keys", keys, "--name", "local-\(number)",
                    "--cache", folder.path, "--threads", "\(cluster.threadsPerWorker)",
                    "--memory", "\(cluster.gigabytesPerWorker)",
                    "--parent", "\(ProcessInfo.processInfo.processIdentifier)",
                ])
        }
    }

    /// Starts whoever is missing.
    /// - Throws: `WorkerKeepsEnding` if that has been in vain too often.
    mutating func keepUp() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for seat in seats.indices { try seats[seat].keepUp() }
    }

    /// Ends all in order and waits for them.
    func dismiss() {
        let running = seats.compactMap(\.process).filter(\.isRunning)
        for process in running { process.terminate() }
        for process in running { process.waitUntilExit() }
    }
}

/// A worker's name on this machine, and the process that has it now.
private struct LocalSeat {
    /// A worker that ends at once is not started again at once.
    private static let pause = Duration.seconds(1)
    /// A process that lived for as long as this had started well: what ended it does not stand in the way of the next.
    private static let settledLife = Duration.seconds(60)
    /// One process may find its predecessor's lock on the seat still held; so many in a row do not.
    private static let failureLimit = 5

    let name: String
    let log: URL
    let program: URL
    let arguments: [String]
    private(set) var process: Process?
    private var started = ContinuousClock.now - Self.pause
    /// Where the log begins to be the process's own.
    private var logStart = 0
    /// Processes running that failed soon after their start.
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

    /// A signal is a crash or somebody's will, and the coordinator finds out which unit is to blame. Who ends by itself
    /// with a status other than 0 has said that it cannot work, and no unit has to do with it.
    private mutating func judge(_ process: Process) throws {
        let failed = process.terminationReason == .exit && process.terminationStatus != 0
        failures = failed && .now - started < Self.settledLife ? failures + 1 : 0
        guard failures >= Self.failureLimit else { return }
        throw WorkerKeepsEnding(
            worker: name, status: process.terminationStatus, times: failures, log: log.path,
            lastLine: LastWords.written(to: log.path, from: logStart)?.split(separator: "\n").last.map(String.init))
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
