import Foundation
import TestKit

/// A real Slurm, or hosts to log in to, that a test starts under a folder of its own and ends by itself.
final class TestEngine {
    private let script: String
    private let folder: String
    /// What processes that use the engine are started with.
    let environment: [String: String]

    /// - Throws: ``Unavailable`` if this machine has not what the engine needs.
    private init(_ script: String, in folder: URL, _ options: [String]) throws {
        self.script = Self.fixtures.appending(path: script).path
        self.folder = folder.path
        let answer = try Self.run([self.script, "start", folder.path] + options)
        guard answer.status == 0, let line = answer.output.split(separator: "\n").last, line.hasPrefix("export "),
            let equals = line.firstIndex(of: "=")
        else { throw Unavailable(reason: answer.output) }
        let name = String(line[..<equals].dropFirst("export ".count))
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let value = line[line.index(after: equals)...].replacing("$PATH", with: path)
        environment = [name: String(value)]
    }

    static func slurm(in folder: URL, _ options: String...) throws -> TestEngine {
        try TestEngine("slurm/cluster", in: folder.appending(path: "slurm"), options)
    }

    static func hosts(in folder: URL, _ options: String...) throws -> TestEngine {
        try TestEngine("ssh/server", in: folder.appending(path: "ssh"), options)
    }

    deinit { _ = try? Self.run([script, "stop", folder]) }

    /// A command of the script, such as `kill-node`.
    func perform(_ command: String, _ arguments: String...) throws {
        let answer = try Self.run([script, command, folder] + arguments)
        if answer.status != 0 { throw NeverHappened(what: "\(command): \(answer.output)") }
    }

    /// One of Slurm's own commands.
    @discardableResult
    func slurm(_ command: String...) throws -> String { try Self.run(command, environment: environment).output }

    /// The jobs that have ended, as the controller wrote them down.
    func endedJobs() throws -> [EndedJob] {
        let text = (try? String(contentsOfFile: folder + "/completed", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap(EndedJob.init)
    }

    struct EndedJob {
        let id: Int
        let state: String
        /// Seconds that it ran.
        let seconds: Double

        init?(_ line: Substring) {
            let fields = Dictionary(
                line.split(separator: " ").compactMap { word in
                    word.firstIndex(of: "=").map { (String(word[..<$0]), String(word[word.index(after: $0)...])) }
                }, uniquingKeysWith: { first, _ in first })
            guard let id = fields["JobId"].flatMap({ Int($0) }), let state = fields["JobState"] else { return nil }
            func time(_ name: String) -> Date? { fields[name].flatMap { try? Date($0 + "Z", strategy: .iso8601) } }
            self.id = id
            self.state = state
            seconds = time("StartTime").flatMap { start in time("EndTime")?.timeIntervalSince(start) } ?? 0
        }
    }

    struct Unavailable: Error {
        let reason: String
    }

    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures")

    private static func run(
        _ command: [String], environment: [String: String] = [:]
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        let answer = FileManager.default.temporaryDirectory.appending(path: "engine-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: answer.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: answer) }
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        // A file, since daemons keep their end of a pipe.
        process.standardOutput = try FileHandle(forWritingTo: answer)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: try Data(contentsOf: answer), as: UTF8.self))
    }
}
