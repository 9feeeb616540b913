import Foundation
import Subprocess

/// Runs the programs of engines: `sbatch`, `ssh`, `kubectl`.
struct CommandRunner: Sendable {
    struct Output: Sendable {
        /// The exit status; 128 + number after a signal.
        var status: Int32
        var standardOutput: String
        var standardError: String

        /// The last line of standard error, or else of standard output.
        var lastLine: String {
            let text = standardError.contains { !$0.isWhitespace } ? standardError : standardOutput
            return text.split(whereSeparator: \.isNewline).last { $0.contains { !$0.isWhitespace } }.map(String.init)
                ?? "it says nothing"
        }
    }

    /// More output than any of these programs has reason to write.
    private static let outputLimit = 16 << 20

    /// Seconds that a program may take; then it is ended.
    var timeout: Double = 60

    /// - Parameters:
    ///   - input: what it reads from standard input; secrets travel this way, never as arguments.
    /// - Throws: ``EngineError`` if the program is missing or takes too long.
    func run(_ program: String, _ arguments: [String], input: String = "") async throws -> Output {
        let limit = Duration.seconds(timeout)
        return try await withThrowingTaskGroup(of: Output?.self) { group in
            group.addTask { try await Self.run(program, arguments, input) }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let output = first else {
                throw EngineError(program, "no answer within \(Int(timeout)) s")
            }
            return output
        }
    }

    /// The same, for a program that must succeed.
    ///
    /// - Throws: ``EngineError`` with what the program says, if it fails.
    func succeed(_ program: String, _ arguments: [String], input: String = "") async throws -> String {
        let output = try await run(program, arguments, input: input)
        guard output.status == 0 else {
            throw EngineError(program, "\(output.lastLine) (status \(output.status))")
        }
        return output.standardOutput
    }

    /// Once in a process: writing to a program that has ended would end this process too.
    private static let ignoreBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    /// The text that a program reads, or as much of it as it wants: one that fails before says why by itself.
    private struct Text: InputProtocol {
        let text: String

        func write(with writer: StandardInputWriter) async throws { _ = try? await writer.write(Array(text.utf8)) }
    }

    private static func run(_ program: String, _ arguments: [String], _ input: String) async throws -> Output {
        _ = ignoreBrokenPipes
        do {
            let result = try await Subprocess.run(
                .name(program), arguments: Arguments(arguments), input: Text(text: input),
                output: .string(limit: outputLimit), error: .string(limit: outputLimit))
            let status: Int32 =
                switch result.terminationStatus {
                case .exited(let code): code
                case .signaled(let signal): 128 + signal
                }
            return Output(
                status: status, standardOutput: result.standardOutput, standardError: result.standardError)
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw EngineError(
                program, "there is no such program on PATH; this engine needs it on the launching machine")
        }
    }
}
