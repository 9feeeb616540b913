import Foundation
import TestKit
import Testing

/// A sweep that is launched in a folder of its own, on features that it makes.
struct LiveLaunch {
    let folder: TemporaryFolder
    let sweep: Specification
    let specification: URL

    /// - Parameters:
    ///   - repeats: of 40 units each.
    ///   - epochs: how long a unit trains.
    init(repeats: Int, epochs: Int, name: String = "tiny", kernel: String = "portable") throws {
        folder = try TemporaryFolder()
        try Specification.synthesize(in: folder.url)
        var sweep = Specification.tiny
        // Its workers are found among all processes of the machine by its name.
        let mark = String(UUID().uuidString.prefix(8).lowercased())
        (sweep.name, sweep.repeats, sweep.epochs, sweep.folds) = ("\(name)-\(mark)", repeats, epochs, 4)
        sweep.kernel = kernel
        self.sweep = sweep
        specification = try sweep.write(in: folder.url)
    }

    /// Starts `launch`, whose coordinator and workers find each other on loopback.
    func start(_ options: [String], engine: TestEngine? = nil, state: String = "state") throws -> Program {
        try Program(
            [
                "launch", specification.path, "--state", state, "--address", "127.0.0.1", "--features", folder.url.path,
                "--threads", "1",
            ] + options, in: folder.url, environment: environment(engine?.environment ?? [:]))
    }

    /// What its processes keep in the user's cache goes to the launch's folder.
    func environment(_ other: [String: String]) -> [String: String] {
        other.merging(["XDG_CACHE_HOME": cache.path]) { first, _ in first }
    }

    var cache: URL { folder.file("cache") }

    func status(state: String = "state") throws -> String {
        try Program.run("launch", "--status", "--state", state, in: folder.url).output
    }

    func stop(state: String = "state", engine: TestEngine? = nil) throws -> Program.Outcome {
        try Program(
            ["launch", "--stop", sweep.name, "--state", state], in: folder.url,
            environment: environment(engine?.environment ?? [:])
        ).outcome()
    }

    /// What the launch has said.
    func log(state: String = "state") -> String {
        let file = folder.file("\(state)/launches/\(sweep.name)/log")
        return (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    }

    /// The number of the process that runs it.
    func supervisor(state: String = "state") throws -> Int32? {
        try status(state: state).firstMatch(of: /process (\d+)/).flatMap { Int32($0.1) }
    }

    /// Its name wherever other launches may be.
    func uniqueName(state: String = "state") throws -> String {
        struct Settings: Decodable { let identity: String }
        let file = folder.file("\(state)/launches/\(sweep.name)/settings.json")
        return "\(sweep.name)-\(try JSONDecoder().decode(Settings.self, from: Data(contentsOf: file)).identity)"
    }

    /// Units that are done, as the ledger has it.
    func done(state: String = "state") -> Int {
        (try? LedgerFile(state: folder.file(state)).resultCount()) ?? 0
    }

    /// Waits for the launch, then holds its tables to those of a run that nobody disturbs.
    func finish(_ launch: Program) throws {
        let outcome = try launch.outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == (try undisturbed()))
    }

    /// Both tables of an undisturbed run from nothing.
    func undisturbed() throws -> String {
        let calm = try Program.run("run", specification.path, "--state", "calm", "--workers", "2", in: folder.url)
        #expect(calm.status == 0, "\(calm.errors)")
        return calm.output
    }

    /// How many processes of workers of this launch are alive, wherever they were started.
    func livingWorkers() throws -> Int { try workers().count }

    /// Processes of workers of this launch that are alive, wherever they were started.
    func workers() throws -> [Int32] {
        let mark = "--name=\(sweep.name)-"
        let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }
        return processes.filter { number in
            guard let line = try? Data(contentsOf: URL(filePath: "/proc/\(number)/cmdline")) else { return false }
            let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return words.contains("worker") && words.contains { $0.hasPrefix(mark) }
                && words.contains { $0.hasPrefix("tcp://127.0.0.1:") }
        }
    }

    /// Stops its workers for a quarter of a second. In ``waitUntil(_:minutes:_:)``, which looks ten times a second, that leaves
    /// them a third of the time: their work outlasts what the test waits for, however fast the machine is.
    func holdWorkers() throws {
        let workers = try workers()
        for worker in workers { kill(worker, SIGSTOP) }
        Thread.sleep(forTimeInterval: 0.25)
        for worker in workers { kill(worker, SIGCONT) }
    }

    func waitUntil(_ what: String, minutes: Double = 15, _ condition: () throws -> Bool) throws {
        for _ in 0..<Int(minutes * 600) {
            if try condition() { return }
            Thread.sleep(forTimeInterval: 0.1)
        }
        throw NeverHappened(what: "\(what); the launch says:\n\(log())")
    }
}
