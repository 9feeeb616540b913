import Foundation
import TestKit

/// A coordinator and workers as processes of their own, which a test may kill and start again.
final class LiveCluster {
    let folder: URL
    let state: URL
    let network: HostNetwork?
    private let clock: SteppedClock?
    /// Where the coordinator listens.
    private(set) var address = ""
    /// Options that every worker is started with.
    var workerOptions: [String] = []
    private var coordinator: Program?
    private let options: [String]
    private var workers: [Int: Program] = [:]
    /// What coordinators and workers that have ended wrote to standard error.
    private(set) var coordinatorLog = ""
    private(set) var workerLog = ""

    var ledger: LedgerFile { get throws { try LedgerFile(state: state) } }
    var keys: String { state.appending(path: "keys/client.keys").path }

    /// - Parameters:
    ///   - state: the coordinator's state folder, where it is not one in `folder`.
    ///   - network: hosts to live on; the coordinator lives on the head, a worker on the host of its number.
    ///   - host: what the coordinator listens on, where it is neither a loopback address of its own nor the head's.
    ///   - clock: the wall clock of coordinator and workers, where it is not the machine's.
    ///   - options: further ones of the coordinator.
    init(
        in folder: URL, state: URL? = nil, network: HostNetwork? = nil, host: String? = nil,
        clock: SteppedClock? = nil, environment: [String: String] = [:], options: [String] = []
    ) throws {
        self.folder = folder
        self.state = state ?? folder.appending(path: "state")
        self.network = network
        self.clock = clock
        self.options = options
        let host = host ?? (network == nil ? LoopbackHost.fresh() : "0.0.0.0")
        try startCoordinator(listen: "tcp://\(host):*", environment)
    }

    deinit {
        coordinator?.signal(SIGKILL)
        for worker in workers.values { worker.signal(SIGKILL) }
    }

    /// Starts the coordinator again where it was.
    /// - Parameter endpoint: where it listens from now on, if that is elsewhere.
    func restartCoordinator(at endpoint: String? = nil, environment: [String: String] = [:]) throws {
        try startCoordinator(listen: endpoint ?? address, environment)
    }

    func killCoordinator() throws {
        coordinator?.signal(SIGKILL)
        _ = try endOfCoordinator()
    }

    func signalCoordinator(_ signal: Int32) { coordinator?.signal(signal) }

    /// Waits for the coordinator to end by itself.
    func endOfCoordinator() throws -> Program.Outcome? {
        let outcome = try coordinator?.outcome()
        coordinatorLog += outcome?.errors ?? ""
        coordinator = nil
        return outcome
    }

    /// - Parameters:
    ///   - address: where the worker looks for the coordinator, if that is not where it listens.
    ///   - prefix: a command that starts the worker.
    func startWorker(
        _ number: Int, at address: String? = nil, environment: [String: String] = [:], prefix command: [String] = []
    ) throws {
        workers[number] = try Program(
            [
                "worker", "--connect", address ?? self.address(for: number),
                "--keys", state.appending(path: "keys/worker.keys").path,
                "--name", "worker-\(number)", "--cache", folder.appending(path: "cache").path, "--threads", "1",
            ] + workerOptions, in: folder, environment: onClock(environment), prefix: prefix(number) + command)
    }

    func killWorker(_ number: Int) throws {
        workers[number]?.signal(SIGKILL)
        _ = try end(ofWorker: number)
    }

    func isRunning(worker number: Int) -> Bool { workers[number]?.isRunning ?? false }

    func signalWorker(_ number: Int, _ signal: Int32) { workers[number]?.signal(signal) }

    /// Waits for a worker to end by itself.
    func end(ofWorker number: Int) throws -> Program.Outcome? {
        let outcome = try workers.removeValue(forKey: number)?.outcome()
        workerLog += outcome?.errors ?? ""
        return outcome
    }

    /// What the coordinator has written to standard error so far, the ones before it included.
    func coordinatorLogSoFar() throws -> String { coordinatorLog + (try coordinator?.errorsSoFar() ?? "") }

    /// Hands a sweep in and leaves the client waiting for it.
    func submit(_ specification: URL, _ options: String...) throws -> Program {
        try Program(
            ["submit", specification.path, "--connect", address(for: 0), "--keys", keys, "--wait"] + options,
            in: folder, prefix: network?.prefix(0) ?? [])
    }

    /// Whether a worker is there and holds units.
    func isAtWork(_ worker: Int) throws -> Bool {
        let line = try ask("workers").words.first { $0.first == "worker-\(worker)" }
        return line.map { !$0.contains("idle") } ?? false
    }

    func ask(_ arguments: String...) throws -> Program.Outcome { try begin(arguments).outcome() }

    /// Starts a client with these arguments, and does not wait for its end.
    func begin(_ arguments: [String]) throws -> Program {
        try Program(
            arguments + ["--connect", address(for: 0), "--keys", keys], in: folder, prefix: network?.prefix(0) ?? [])
    }

    func table(_ sweep: String, _ options: String...) throws -> String {
        try Program(["table", sweep, "--state", state.path] + options, in: folder).outcome().output
    }

    /// Asks again and again until the condition holds; five minutes are taken as never.
    func waitUntil(_ what: String, _ condition: () throws -> Bool) throws {
        for _ in 0..<12_000 {
            if try condition() { return }
            Thread.sleep(forTimeInterval: 0.025)
        }
        let log = try coordinatorLogSoFar().split(separator: "\n").suffix(30).joined(separator: "\n")
        throw NeverHappened(what: "\(what); the coordinator's last words:\n\(log)")
    }

    /// What a process of a host is to be started with; 0 is the coordinator's.
    private func prefix(_ host: Int) -> [String] { (network?.prefix(host) ?? []) + (clock?.prefix ?? []) }

    private func onClock(_ environment: [String: String]) -> [String: String] {
        environment.merging(clock?.environment ?? [:]) { own, _ in own }
    }

    /// Where the host of a worker finds the coordinator; 0 is the coordinator's own.
    private func address(for host: Int) -> String {
        guard let network else { return address }
        let port = address.split(separator: ":").last ?? ""
        return "tcp://\(host == 0 ? "127.0.0.1" : network.headAddress(for: host)):\(port)"
    }

    private func startCoordinator(listen: String, _ environment: [String: String]) throws {
        let program = try Program(
            ["coordinator", "--state", state.path, "--listen", listen] + options, in: folder,
            environment: onClock(environment), prefix: prefix(0))
        coordinator = program
        while program.isRunning {
            // A last line may still be growing.
            let lines = try program.errorsSoFar().split(separator: "\n").dropLast()
            if let line = lines.first(where: { $0.hasPrefix("listening on ") }) {
                address = String(line.dropFirst("listening on ".count))
                return
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        let outcome = try program.outcome()
        throw CoordinatorEnded(status: outcome.status, errors: outcome.errors)
    }
}

struct CoordinatorEnded: Error {
    let status: Int32
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
