import Foundation
import TestKit

/// A coordinator and workers as processes of their own, which a test may kill and start again.
final class LiveCluster {
    let folder: URL
    private(set) var address = ""
    private var coordinator: Program?
    private var workers: [Int: Program] = [:]

    var keys: String { folder.appending(path: "state/keys/client.keys").path }

    init(in folder: URL) throws {
        self.folder = folder
        try startCoordinator(listen: "tcp://127.0.0.1:*")
    }

    deinit {
        coordinator?.signal(SIGKILL)
        for worker in workers.values { worker.signal(SIGKILL) }
    }

    /// Starts the coordinator again where it was.
    func restartCoordinator() throws { try startCoordinator(listen: address) }

    func killCoordinator() throws {
        coordinator?.signal(SIGKILL)
        _ = try coordinator?.outcome()
    }

    func startWorker(_ number: Int) throws {
        workers[number] = try Program(
            [
                "worker", "--connect", address, "--keys", folder.appending(path: "state/keys/worker.keys").path,
                "--name", "worker-\(number)", "--cache", folder.appending(path: "cache").path,
            ], in: folder)
    }

    func killWorker(_ number: Int) throws {
        workers[number]?.signal(SIGKILL)
        _ = try workers[number]?.outcome()
    }

    func signalWorker(_ number: Int, _ signal: Int32) { workers[number]?.signal(signal) }

    /// Waits for a worker to end by itself.
    func end(ofWorker number: Int) throws -> Program.Outcome? { try workers[number]?.outcome() }

    /// Hands a sweep in and leaves the client waiting for it.
    func submit(_ specification: URL) throws -> Program {
        try Program(
            ["submit", specification.path, "--connect", address, "--keys", keys, "--wait"], in: folder)
    }

    func ask(_ arguments: String...) throws -> Program.Outcome {
        try Program(arguments + ["--connect", address, "--keys", keys], in: folder).outcome()
    }

    func table(_ sweep: String, _ options: String...) throws -> String {
        try Program(["table", sweep, "--state", "state"] + options, in: folder).outcome().output
    }

    /// Asks again and again until the condition holds; a minute is taken as never.
    func waitUntil(_ what: String, _ condition: () throws -> Bool) throws {
        for _ in 0..<600 {
            if try condition() { return }
            Thread.sleep(forTimeInterval: 0.1)
        }
        throw NeverHappened(what: what)
    }

    private func startCoordinator(listen: String) throws {
        let program = try Program(["coordinator", "--state", "state", "--listen", listen], in: folder)
        coordinator = program
        while program.isRunning {
            if let line = try program.errorsSoFar().split(separator: "\n").first(where: { $0.hasPrefix("listening on ") }) {
                address = String(line.dropFirst("listening on ".count))
                return
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        throw CoordinatorEnded(errors: try program.outcome().errors)
    }
}

struct CoordinatorEnded: Error {
    let errors: String
}

/// The sample's real features, a few hundred glosses of them.
enum Fixture {
    static let wordnet = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/wordnet")
}

struct NeverHappened: Error {
    let what: String
}
