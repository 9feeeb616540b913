package import Foundation

/// A process of the `probesweep` that was built with the tests, with files for its output.
package final class Program: Sendable {

    private let process = Process()
    private let output: URL
    private let errors: URL

    /// Starts `probesweep` with the arguments.
    ///
    /// - Parameters:
    ///   - folder: the working directory, with the output files.
    ///   - prefix: a command that executes the program, such as `ip netns exec`; found in PATH.
    package init(
        _ arguments: [String], in folder: URL, environment: [String: String] = [:], prefix: [String] = []
    ) throws {
        let name = UUID().uuidString
        output = folder.appending(path: "\(name).out")
        errors = folder.appending(path: "\(name).err")
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        let program = try Self.executable()
        process.executableURL = prefix.isEmpty ? program : URL(filePath: "/usr/bin/env")
        process.arguments = prefix.isEmpty ? arguments : prefix + [program.path] + arguments
        process.currentDirectoryURL = folder
        process.environment = Self.neutralEnvironment.merging(environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
    }

    /// Without the defaults of whoever runs the tests, which may name a real cluster.
    private static var neutralEnvironment: [String: String] {
        ProcessInfo.processInfo.environment.filter { name, _ in
            !["PROBESWEEP_CONNECT", "PROBESWEEP_KEYS", "PROBESWEEP_STATE"].contains(name)
        }
    }

    /// Runs `probesweep` to its end.
    package static func run(
        _ arguments: String..., in folder: URL, environment: [String: String] = [:]
    ) throws -> Outcome {
        try Program(arguments, in: folder, environment: environment).outcome()
    }

    package struct Outcome: Sendable {
        package let status: Int32
        package let output: String
        package let errors: String

        /// The words of each line of its output.
        package var words: [[String]] {
            output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        }
    }

    package var isRunning: Bool { process.isRunning }
    package var identifier: Int32 { process.processIdentifier }

    /// Sends a signal to this process only.
    package func signal(_ number: Int32) {
        if process.isRunning { kill(process.processIdentifier, number) }
    }

    /// Waits for the end and reads what was printed.
    package func outcome() throws -> Outcome {
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: try text(of: output), errors: try text(of: errors))
    }

    /// The outcome of a process that may never end: it is killed after five minutes.
    package func outcomeOrKill() throws -> Outcome {
        for _ in 0..<12_000 where process.isRunning { Thread.sleep(forTimeInterval: 0.025) }
        signal(SIGKILL)
        return try outcome()
    }

    /// What the process has printed to standard error so far.
    package func errorsSoFar() throws -> String { try text(of: errors) }

    private func text(of file: URL) throws -> String {
        String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }

    /// The program.
    package static func executable() throws -> URL {
        let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let program = products.appending(path: "probesweep")
        guard FileManager.default.isExecutableFile(atPath: program.path) else {
            throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: program.path])
        }
        return program
    }
}
