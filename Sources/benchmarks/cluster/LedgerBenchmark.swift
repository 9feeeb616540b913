import ArgumentParser
import Foundation

/// Measures a sweep of a million units with the real planner, ledger and coordinator, each step in its own process.
struct LedgerBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Measure a sweep of a million units: submit, restart after kill -9, resume, table, report.")

    @Option(help: "Units of the sweep.")
    var units = 1_000_000

    @Option(help: "A folder for the ledger, which is kept; without it a temporary one.")
    var state: String?

    func run() throws {
        let name = "ledger-\(UUID().uuidString.prefix(8))"
        let folder = state ?? FileManager.default.temporaryDirectory.appending(path: name).path
        defer { if state == nil { try? FileManager.default.removeItem(atPath: folder) } }
        let worker = try start(
            "no-op-worker", "--connect", LedgerStep.socket(folder), "--name", "worker-1", "--cache", folder + "/cache")
        defer { worker.terminate() }
        print("\(units) units, seconds and memory of each process:")
        let first = try start(LedgerStep.arguments(.submit, folder, units))
        try waitForFile(folder + "/dispatched")
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
        for step in [LedgerStep.Step.restart, .fill, .resume, .table, .report] {
            let process = try start(LedgerStep.arguments(step, folder, units))
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { throw ExitCode(process.terminationStatus) }
        }
    }

    private func start(_ arguments: String...) throws -> Process { try start(arguments) }

    private func start(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        if arguments.first == "no-op-worker" { process.standardOutput = FileHandle.nullDevice }
        try process.run()
        return process
    }

    private func waitForFile(_ path: String) throws {
        while !FileManager.default.fileExists(atPath: path) { Thread.sleep(forTimeInterval: 0.01) }
    }
}
