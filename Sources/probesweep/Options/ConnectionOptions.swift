import ArgumentParser
import Cluster
import Foundation
import Identities
import Transport

/// The coordinator's endpoint and the keys for the connection.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "The coordinator's endpoint, for example tcp://host:7301. (default: $PROBESWEEP_CONNECT)")
    var connect: String?

    @Option(
        help: """
            The key file of this client or worker, created by `probesweep keys new` or the coordinator. (default: \
            $PROBESWEEP_KEYS)
            """)
    var keys: String?

    func validate() throws { _ = try endpoint() }

    func endpoint() throws -> Endpoint {
        guard let endpoint = try Endpoint(connect: connect, keys: keys) else {
            throw ValidationError("Give --connect with the coordinator's endpoint, or set PROBESWEEP_CONNECT.")
        }
        return endpoint
    }

    func client() throws -> CoordinatorClient { try endpoint().client() }

    /// The options that lead another command to the same coordinator: those that the environment does not give.
    var repeated: String {
        [("--connect", connect), ("--keys", keys)].compactMap { name, value in
            value.map { " \(name) \(ShellQuoting.quoted($0))" }
        }.joined()
    }
}

/// A coordinator's endpoint with the key file for it.
struct Endpoint {
    let address: String
    let keys: String

    /// - Parameters: options of the command line; the environment has their defaults.
    /// - Returns: nil where neither names an endpoint.
    /// - Throws: `ValidationError` for an endpoint that is none, and where there is no key file.
    init?(connect: String?, keys: String?) throws {
        guard let address = connect ?? EnvironmentDefault.connect.value else { return nil }
        if let problem = EndpointSyntax.problem(of: address, allowsAnyPort: false) {
            let origin = connect == nil ? EnvironmentDefault.connect.rawValue : "--connect"
            throw ValidationError("\(origin): \(problem).")
        }
        guard let keys = keys ?? EnvironmentDefault.keys.value else {
            throw ValidationError("Give --keys with the key file for \(address), or set PROBESWEEP_KEYS.")
        }
        (self.address, self.keys) = (address, keys)
    }

    func client() throws -> CoordinatorClient { try CoordinatorClient.connect(address, keys: keys) }
}

/// A coordinator's state folder.
struct StateOptions: ParsableArguments {
    static let standard = ".probesweep"

    @Option(
        name: .customLong("state"),
        help: "The state folder, with ledger and keys. (default: $PROBESWEEP_STATE, else .probesweep)"
    )
    var givenState: String?

    var state: String { givenState ?? EnvironmentDefault.state.value ?? Self.standard }

    /// Makes all files that this process creates from now on its user's alone, whatever umask it was started with: SQLite,
    /// and workers that it starts, take the process's. Only for commands that write nothing but state.
    static func keepPrivate() { umask(0o077) }
}

/// The output format, for people or for programs.
enum AnswerFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}
