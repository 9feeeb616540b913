import ArgumentParser
import Cluster
import Foundation
import Logging
import Transport

extension KeysCommand {
    struct Invite: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create one-time tokens, with which workers or clients have keys of their own accepted.",
            discussion: """
                Writes DIRECTORY/NAME.token for each and prints the paths. Hand a token to `probesweep worker --enrol` or \
                `probesweep keys enrol`; it is a secret until it is used or expires.
                """)

        @OptionGroup var folder: KeyFolderOptions
        @OptionGroup var peers: PeerOptions

        @Option(help: "How long the tokens hold: 90s, 30m, 2h or 7d.")
        var expires = TimeSpan(seconds: 3_600)

        @Flag(help: "Print a single token, for a pipe, instead of writing files.")
        var stdout = false

        @Argument(
            help: """
                The name of the new peer; with --count, what comes before the number. By default the first that are free of \
                worker-1, worker-2 and so on.
                """)
        var name: String?

        func validate() throws {
            guard !stdout || peers.count ?? 1 == 1 else {
                throw ValidationError("--stdout prints a single token; leave out --count, or --stdout.")
            }
        }

        func run() throws {
            let keys = try folder.keys
            let names: PeerNames =
                if let name {
                    .these(KeyDirectory.names(name, count: peers.count))
                } else {
                    .free(peers.peerRole.rawValue, count: peers.count ?? 1)
                }
            let end = Date.now + expires.seconds
            if stdout {
                let tokens = try keys.invite(
                    role: peers.peerRole, names: names, isOperator: peers.isOperator, expires: end)
                try Output.text(tokens.map(\.text).joined())
            } else {
                try Output.lines(
                    keys.inviteToFiles(
                        role: peers.peerRole, names: names, isOperator: peers.isOperator, expires: end))
            }
        }
    }

    struct Enrol: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have new keys accepted by a coordinator, for a one-time token.",
            discussion: """
                Nothing happens if the file exists. Whoever is interrupted may give the command again, and gets the same \
                answer.
                """)

        @Option(help: "The coordinator's endpoint, for example tcp://host:7301. (default: $PROBESWEEP_CONNECT)")
        var connect: String?

        @Option(help: "The file of a token, or - for standard input.")
        var token: String

        @Option(help: "The key file to write.")
        var output: String

        func validate() throws { _ = try endpoint() }

        func run() async throws {
            LoggingSystem.bootstrap { StreamLogHandler(label: $0, stream: LogStream()) }
            try FolderOwner.become(URL(filePath: output).deletingLastPathComponent().path)
            try await Enrolment(endpoint: endpoint(), logger: Logger(label: "enrolment"))
                .completeOrExit(.argument(token), patience: .seconds(60))
            try Output.line(output)
        }

        private func endpoint() throws -> Endpoint {
            guard let endpoint = try Endpoint(connect: connect, keys: output) else {
                throw ValidationError("Give --connect with the coordinator's endpoint, or set PROBESWEEP_CONNECT.")
            }
            return endpoint
        }
    }
}
