import ArgumentParser
import Cluster
import Foundation
import Transport

/// The coordinator's endpoint and the keys for the connection.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "The coordinator's endpoint, for example tcp://host:7301.")
    var connect: String

    @Option(help: "The key file of this client or worker, created by `probesweep keys new` or the coordinator.")
    var keys: String

    func validate() throws {
        if let problem = EndpointSyntax.problem(of: connect, allowsAnyPort: false) {
            throw ValidationError("--connect: \(problem).")
        }
    }

    func client() throws -> CoordinatorClient { try CoordinatorClient.connect(connect, keys: keys) }
}

/// A coordinator's state folder.
struct StateOptions: ParsableArguments {
    @Option(help: "The state folder, with ledger and keys.")
    var state = ".probesweep"

    /// Makes all files that this process creates from now on its user's alone, whatever umask it was started with: SQLite,
    /// and workers that it starts, take the process's. Only for commands that write nothing but state.
    static func keepPrivate() { umask(0o077) }
}

/// The output format, for people or for programs.
enum AnswerFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}
