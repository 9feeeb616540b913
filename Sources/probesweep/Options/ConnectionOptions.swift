import ArgumentParser
import Cluster
import Transport

/// Where the coordinator is and by which keys it is spoken to.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "The coordinator's endpoint, for example tcp://host:7301.")
    var connect: String

    @Option(help: "The key file of this client or worker, as `probesweep keys new` or the coordinator made it.")
    var keys: String

    func validate() throws {
        if let problem = EndpointSyntax.problem(of: connect, allowsAnyPort: false) {
            throw ValidationError("--connect: \(problem).")
        }
    }

    func client() throws -> CoordinatorClient { try CoordinatorClient.connect(connect, keys: keys) }
}

/// The folder of a coordinator's state.
struct StateOptions: ParsableArguments {
    @Option(help: "The folder of ledger and keys.")
    var state = ".probesweep"
}

/// Answers for a reader or for a program.
enum AnswerFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}
