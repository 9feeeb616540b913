import ArgumentParser
import Cluster
import Foundation
import Logging

extension Enrolment.Source {
    /// A token's file, or `-` for standard input.
    static func argument(_ text: String) -> Self {
        guard text == "-" else { return .file(text) }
        return .text(
            { String(decoding: try FileHandle.standardInput.readToEnd() ?? Data(), as: UTF8.self) },
            from: "standard input")
    }
}

extension Enrolment {
    init(endpoint: Endpoint, logger: Logger) {
        self.init(endpoint: endpoint.address, file: endpoint.keys, logger: logger)
    }

    /// Enrols. Whoever is refused ends with the status of a worker that is turned away: starting again would not help.
    func completeOrExit(_ source: Source, patience: Duration? = nil) async throws {
        do {
            try await complete(source, patience: patience)
        } catch let error as EnrolmentError {
            Exit.complain("probesweep: \(error)")
            if case .refused = error { throw Exit.usage }
            throw Exit.failure
        }
    }
}
