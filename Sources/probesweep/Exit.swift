import ArgumentParser
import Foundation
import Numerics
import Sweeps

/// The exit statuses, which scripts rely on.
enum Exit {
    static let failure = ExitCode(1)
    static let usage = ExitCode(2)
    static let quarantined = ExitCode(3)

    /// Prints the error, or the requested help, and ends the process with the corresponding status.
    static func end(with error: any Error) -> Never {
        if let code = error as? ExitCode { exit(code.rawValue) }
        let status = ProbeSweep.exitCode(for: error)
        guard !status.isSuccess else {
            print(ProbeSweep.fullMessage(for: error))
            exit(0)
        }
        complain(message(for: error))
        exit(status == .validationFailure || error is any UsageError ? usage.rawValue : failure.rawValue)
    }

    static func complain(_ message: String) {
        FileHandle.standardError.write(Data((message + "\n").utf8))
    }

    private static func message(for error: any Error) -> String {
        if ProbeSweep.exitCode(for: error) == .validationFailure { return ProbeSweep.fullMessage(for: error) }
        return "probesweep: \(error)"
    }
}

/// An error in the user's input, with exit status 2.
protocol UsageError: Error {}

extension SpecificationError: UsageError {}
extension LeakageError: UsageError {}
extension KernelPathError: UsageError {}
