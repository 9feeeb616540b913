public import Foundation
public import Ledger
public import Logging
import Transport

/// A coordinator in this process and workers as its child processes, for one sweep on one machine.
public struct LocalCluster: Sendable {
    public var state: URL
    public var workers: Int
    public var threadsPerWorker: Int
    /// Memory that each worker may hold.
    public var gigabytesPerWorker: Double
    /// The program to start workers with: this one.
    public var program: URL

    public init(state: URL, workers: Int, threadsPerWorker: Int, gigabytesPerWorker: Double, program: URL) {
        self.state = state
        self.workers = workers
        self.threadsPerWorker = threadsPerWorker
        self.gigabytesPerWorker = gigabytesPerWorker
        self.program = program
    }

    /// How a sweep ended.
    public enum Ending: Sendable { case done, quarantined, interrupted }

    /// Trains what the ledger does not have yet.
    ///
    /// - Parameter isInterrupted: asked several times a second; true ends the run in order.
    public func run(
        _ source: SweepSource, ledger: Ledger, logger: Logger, progress: (Progress) -> Void,
        isInterrupted: () -> Bool
    ) async throws -> Ending {
        let keys = try KeyDirectory.openOrCreate(at: state.appending(path: "keys").path)
        let service = try CoordinatorService.start(
            ledger: ledger, listen: "tcp://127.0.0.1:*", security: try keys.routerSecurity(), logger: logger)
        let sweep = try await service.submit(source)
        var crew = LocalCrew(self, endpoint: service.address, keys: keys.workerFile)
        var ending = Ending.interrupted
        while !isInterrupted() {
            guard let now = await service.progress(of: "\(sweep.number)") else { break }
            progress(now)
            if now.isFinished {
                ending = now.quarantined > 0 ? .quarantined : .done
                break
            }
            try crew.keepUp()
            try await Task.sleep(for: .milliseconds(100))
        }
        crew.dismiss()
        await service.stop()
        return ending
    }
}

/// The worker processes of a local cluster.
private struct LocalCrew {
    private let cluster: LocalCluster
    private let endpoint: String
    private let keys: String
    private var members: [Process?]
    /// A worker that dies at once is not started again at once.
    private var notBefore: [ContinuousClock.Instant]

    init(_ cluster: LocalCluster, endpoint: String, keys: String) {
        self.cluster = cluster
        self.endpoint = endpoint
        self.keys = keys
        members = Array(repeating: nil, count: cluster.workers)
        notBefore = Array(repeating: .now, count: cluster.workers)
    }

    /// Starts whoever is missing.
    mutating func keepUp() throws {
        for seat in members.indices where members[seat]?.isRunning != true && notBefore[seat] <= .now {
            members[seat] = try start(seat + 1)
            notBefore[seat] = .now + .seconds(1)
        }
    }

    /// Ends all in order and waits for them.
    mutating func dismiss() {
        let running = members.compactMap { $0 }.filter(\.isRunning)
        for member in running { member.terminate() }
        for member in running { member.waitUntilExit() }
    }

    private func start(_ number: Int) throws -> Process {
        let folder = cluster.state.appending(path: "workers")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let log = folder.appending(path: "local-\(number).log")
        if !FileManager.default.fileExists(atPath: log.path) {
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        }
        let process = Process()
        process.executableURL = cluster.program
        process.arguments = [
            "worker", "--connect", endpoint, "--keys", keys, "--name", "local-\(number)", "--cache", folder.path,
            "--threads", "\(cluster.threadsPerWorker)", "--memory", "\(cluster.gigabytesPerWorker)", "--parent", "\(ProcessInfo.processInfo.processIdentifier)",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let errors = try FileHandle(forWritingTo: log)
        try errors.seekToEnd()
        process.standardError = errors
        try process.run()
        return process
    }
}
