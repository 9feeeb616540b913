import Cluster
import Foundation
import Ledger
import Logging
import Scheduling
import Sweeps
import Transport

/// A coordinator in this process and workers in separate processes, over loopback, with a new ledger on disk.
struct BenchmarkCluster {
    enum Wire { case tcpWithKeys, unixWithKeys, unixWithoutKeys }

    let folder: URL
    let service: CoordinatorService
    private(set) var workers: [(process: Process, output: Pipe)] = []
    private let keys: KeyDirectory?

    /// Starts the coordinator and waits until it has finished a small sweep with all its workers.
    static func start(
        workers: Int, over wire: Wire = .tcpWithKeys, settings: CoordinatorSettings = CoordinatorSettings(),
        secondsPerUnit: Double = 0, journals: Bool = true
    ) async throws -> BenchmarkCluster {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cluster-\(UUID().uuidString.prefix(8))")
        let keyFolder = folder.appending(path: "keys").path
        let keys = wire == .unixWithoutKeys ? nil : try KeyDirectory.openOrCreate(at: keyFolder)
        let endpoint = wire == .tcpWithKeys ? "tcp://127.0.0.1:*" : "ipc://\(folder.path)/socket"
        let state = folder.appending(path: "state").path
        let ledger = try Ledger.open(state)
        let service = try CoordinatorService.start(
            ledger: ledger, listen: endpoint, security: try keys?.routerSecurity() ?? .none, settings: settings,
            journal: journals ? JournalSettings(state: state, program: "benchmark") : nil,
            logger: Logger(label: "coordinator") { _ in SwiftLogNoOpLogHandler() })
        var cluster = BenchmarkCluster(folder: folder, service: service, keys: keys)
        for number in 1...workers { try cluster.startWorker(number, secondsPerUnit) }
        return cluster
    }

    private init(folder: URL, service: CoordinatorService, keys: KeyDirectory?) {
        (self.folder, self.service, self.keys) = (folder, service, keys)
    }

    private mutating func startWorker(_ number: Int, _ seconds: Double) throws {
        let process = Process(), output = Pipe()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments =
            [
                "no-op-worker", "--connect", service.address, "--name", "worker-\(number)", "--seconds", "\(seconds)",
                "--cache", folder.appending(path: "cache").path,
            ] + (keys.map { ["--keys", $0.workerFile] } ?? [])
        process.standardOutput = output
        try process.run()
        workers.append((process, output))
    }

    /// Submits a grid and returns the seconds until all its results are in the ledger.
    func run(_ grid: SyntheticGrid) async throws -> Double {
        let source = try grid.source()
        let start = ContinuousClock.now
        let sweep = try await service.submit(source)
        precondition(sweep.alreadyDone == 0, "A grid that was trained before measures nothing.")
        while await service.progress(of: "\(sweep.number)")?.isFinished != true {
            try await Task.sleep(for: .milliseconds(5))
        }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    /// Starts peers without valid keys, and returns when they have connected. They run at idle priority, so that only
    /// their cost for the coordinator is measured.
    func startUnauthenticatedPeers() throws -> Process {
        guard let keys else { preconditionFailure("Unauthenticated peers need a cluster with keys.") }
        let other = folder.appending(path: "other-keys").path
        let unknown = try KeyDirectory.openOrCreate(at: other)
        if !FileManager.default.fileExists(atPath: keys.file(for: "stranger")) {
            _ = try keys.addPeer(role: .worker, name: "stranger")
            _ = try keys.revoke(name: "stranger")
        }
        let process = Process(), output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/nice")
        process.arguments = [
            "-n", "19", URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path, "strangers", "--connect",
            service.address, "--unknown", keys.file(for: "stranger"), "--foreign", unknown.workerFile,
        ]
        process.standardOutput = output
        try process.run()
        // The first line is printed when all have connected.
        _ = output.fileHandleForReading.availableData
        return process
    }

    /// Waits until this many workers have registered.
    func waitForWorkers() async throws {
        var grid = SyntheticGrid(units: 1)
        grid.name = "warm-up"
        grid.seed = 1_000_000
        _ = try await run(grid)
        while await service.progress(of: grid.name)?.workers != workers.count {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Ends everything and removes the folder.
    /// - Returns: the cycles that the workers measured.
    func stop() async throws -> [Quantiles] {
        for worker in workers { worker.process.terminate() }
        let cycles = try workers.map { worker in
            let data = worker.output.fileHandleForReading.readDataToEndOfFile()
            worker.process.waitUntilExit()
            return try JSONDecoder().decode(Quantiles.self, from: data)
        }
        await service.stop()
        // SQLite removes its own files while it closes, which can make the first attempt fail.
        if (try? FileManager.default.removeItem(at: folder)) == nil { try FileManager.default.removeItem(at: folder) }
        return cycles
    }
}
