import Cluster
package import Foundation
import Identities
import Synchronization
import Transport

/// Workers as child processes on this machine. They end with this process, whatever way it ends.
package final class LocalEngine: Engine {
    private let program: URL
    private let parent: ParentPipe
    private let processes = Mutex<[JobID: LocalProcess]>([:])

    /// - Throws: `TransportError` without descriptors.
    package init(program: URL) throws {
        self.program = program
        parent = try ParentPipe()
    }

    package var pollInterval: Double { 0.1 }

    package func prepare(report: (String) -> Void) async throws {}

    package func submit(_ order: WorkerOrder) async throws -> JobID {
        let process = try LocalProcess(
            program, Self.arguments(order) + ["--end-with-input"], input: parent.standardInput,
            log: order.log)
        let id = "\(process.number)"
        processes.withLock { $0[id] = process }
        return id
    }

    package func survey(_ jobs: [JobID]) async throws -> JobSurvey {
        processes.withLock { processes in
            var states: [JobID: JobState] = [:]
            for job in jobs { states[job] = processes[job]?.state }
            for (job, state) in states where state != .running { processes[job] = nil }
            return JobSurvey(states)
        }
    }

    package func cancel(_ jobs: [JobID]) async throws {
        processes.withLock { processes in for job in jobs { processes[job]?.end() } }
    }

    /// Ends all workers in order and waits for them.
    ///
    /// - Parameter patience: how long they may finish what they have begun; nil for as long as they take.
    package func dismiss(within patience: Duration? = nil) {
        let running = processes.withLock { processes in
            defer { processes = [:] }
            return Array(processes.values)
        }
        for process in running { process.end() }
        if let patience {
            let end = ContinuousClock.now + patience
            while running.contains(where: { $0.state == .running }), .now < end { usleep(20_000) }
            for process in running { process.kill() }
        }
        for process in running { process.wait() }
    }

    package func shown(_ order: WorkerOrder) -> String {
        ShellQuoting.quoted(["probesweep"] + Self.arguments(order)) + "\n"
    }

    private static func arguments(_ order: WorkerOrder) -> [String] {
        guard case .keyFile(let file) = order.credential else { return order.arguments(keys: "KEYS") }
        return order.arguments(keys: file)
    }
}

/// One worker's process, and where its output begins in its log.
private struct LocalProcess: Sendable {
    private let process = Process()
    private let log: String
    private let logStart: Int

    init(_ program: URL, _ arguments: [String], input: FileHandle, log: String) throws {
        let folder = URL(filePath: log).deletingLastPathComponent()
        try PrivateFolder.create(folder.path)
        if !FileManager.default.fileExists(atPath: log) {
            _ = FileManager.default.createFile(atPath: log, contents: nil)
        }
        let errors = try FileHandle(forWritingTo: URL(filePath: log))
        logStart = Int(try errors.seekToEnd())
        self.log = log
        process.executableURL = program
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
    }

    var number: Int32 { process.processIdentifier }

    var state: JobState {
        if process.isRunning { return .running }
        let status = process.terminationStatus
        let isExit = process.terminationReason == .exit
        if isExit, status == 0 { return .ended(.completed) }
        return .ended(
            isExit
                ? .failed(status: status, lastWords: lastLine) : .interrupted("signal \(status)", lastWords: lastLine))
    }

    func end() { process.terminate() }

    func kill() { if process.isRunning { Foundation.kill(number, SIGKILL) } }

    func wait() { process.waitUntilExit() }

    private var lastLine: String? {
        PreviousStderr.written(to: log, from: logStart)?.split(separator: "\n").last.map(String.init)
    }
}
