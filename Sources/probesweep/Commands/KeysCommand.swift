import ArgumentParser
import Transport

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Create and revoke keys of workers and clients.",
        subcommands: [New.self, Add.self, Revoke.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Create a folder of keys: a coordinator's, a worker's, a client's, and the allow list.
                """)

        @Option(help: "The folder to create.")
        var output: String

        func run() throws {
            let directory = try KeyDirectory.create(at: output)
            try Output.lines([directory.workerFile, directory.clientFile])
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create keys for a further worker or client.")

        @Option(help: "The folder that `keys new` or a coordinator created.")
        var directory: String

        @Option(help: "worker or client; worker without --operator.")
        var role: String?

        @Flag(name: .customLong("operator"), help: "A client that may also cancel and discard what is others'.")
        var isOperator = false

        @Argument(help: "The name of the new peer.")
        var name: String

        func validate() throws {
            if let role, Role(rawValue: role).map({ $0 == .coordinator }) ?? true {
                throw ValidationError("--role must be worker or client, not \"\(role)\".")
            }
            guard !isOperator || role != Role.worker.rawValue else {
                throw ValidationError("--operator makes a client; leave out --role worker.")
            }
        }

        func run() throws {
            let peers = KeyDirectory(path: directory)
            let role = role.flatMap(Role.init) ?? (isOperator ? .client : .worker)
            try Output.line(peers.addPeer(role: role, name: name, isOperator: isOperator))
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a peer's keys; a running coordinator closes its connection at once.")

        @Option(help: "The folder that `keys new` or a coordinator created.")
        var directory: String

        @Argument(help: "The name of the peer.")
        var name: String

        func run() throws {
            guard try KeyDirectory(path: directory).revoke(name: name) else {
                throw ValidationError("There is no peer named \"\(name)\" in \(directory).")
            }
        }
    }
}
