import ArgumentParser
import Cluster
import Foundation

/// What the client that waits for a sweep does when the sweep has ended.
struct OnEndOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A command for the shell, run once by this client when the sweep has ended, with JSON on its standard input.",
            discussion: """
                The JSON has how the sweep ended (outcome: done, quarantined, cancelled or failed), the reason if there is \
                one, and the sweep as `status --format json` has it. For a mail, where there is a mail program: \
                --on-end 'mail -s "a sweep has ended" me@example.org'. It is not run when this client is interrupted, and \
                its exit status is reported but is not this command's.
                """,
            valueName: "command"))
    var onEnd: String?

    /// Runs the command, if there is one, and waits for it.
    func run(_ ended: EndedSweep) {
        guard let onEnd else { return }
        do {
            let status = try Self.run(onEnd, reading: ended)
            if status != 0 { Exit.complain("--on-end: the command ended with exit status \(status): \(onEnd)") }
        } catch {
            Exit.complain("--on-end: the command could not be run (\(error)): \(onEnd)")
        }
    }

    /// - Returns: The shell's exit status; 128 and the signal's number after a signal, as shells have it.
    private static func run(_ command: String, reading ended: EndedSweep) throws -> Int32 {
        // A file and not a pipe: a command that reads nothing of it must not end this process by a signal.
        let file = FileManager.default.temporaryDirectory.appending(path: "probesweep-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try ended.json.write(to: file, options: .withoutOverwriting)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        process.standardInput = try FileHandle(forReadingFrom: file)
        // Standard output has the tables.
        process.standardOutput = FileHandle.standardError
        try process.run()
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }
}

/// How a sweep has ended, as `--on-end` gets it.
struct EndedSweep: Encodable {
    enum Outcome: String, Encodable { case done, quarantined, cancelled, failed }

    let outcome: Outcome
    /// Why, where that is not clear.
    var reason: String?
    /// Nil where it failed before there was a sweep.
    var sweep: SweepStatus?

    fileprivate var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return try encoder.encode(self) + Data("\n".utf8)
        }
    }
}
