import ArgumentParser
import Cluster
import Features
import Foundation
import Identities
import Numerics
import Sweeps

/// The exit statuses, which scripts rely on.
enum Exit {
    static let failure = ExitCode(1)
    static let usage = ExitCode(2)
    static let quarantined = ExitCode(3)

    /// Prints the error, or the requested help, and ends the process with the corresponding status.
    static func end(with error: any Error) -> Never {
        // What was being redrawn tells of nothing that goes on.
        LiveLines.standardError.show([])
        if let code = error as? ExitCode { exit(code.rawValue) }
        let status = ProbeSweep.exitCode(for: error)
        guard !status.isSuccess else {
            do {
                try Output.text(ProbeSweep.fullMessage(for: error) + "\n")
                try Output.close()
                exit(0)
            } catch {
                complain(message(for: error))
                exit(failure.rawValue)
            }
        }
        complain(message(for: error))
        exit(status == .validationFailure || error is any UsageError ? usage.rawValue : failure.rawValue)
    }

    /// Writes to standard error; control characters are escapes, since messages quote files and other machines.
    static func complain(_ message: String) {
        LiveLines.standardError.writeAbove(message.printableLines + "\n")
    }

    private static func message(for error: any Error) -> String {
        if ProbeSweep.exitCode(for: error) == .validationFailure { return ProbeSweep.fullMessage(for: error) }
        guard let error = error as? CocoaError else { return "probesweep: \(error)" }
        let place = error.filePath ?? error.url?.path ?? "a file"
        return "probesweep: \(place): \(systemReason(of: error)). Check path, permissions and free space."
    }
}

/// An error in the user's input, with exit status 2.
protocol UsageError: Error {}

extension SpecificationError: UsageError {}
extension LeakageError: UsageError {}
extension KernelPathError: UsageError {}
