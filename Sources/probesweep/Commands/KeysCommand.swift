import ArgumentParser
import Transport

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Create, list, change and revoke keys of workers, clients and the coordinator.",
        subcommands: [New.self, Add.self, Invite.self, Enrol.self, List.self, Revoke.self, Rotate.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Create a folder of keys: a coordinator's, a worker's, a client's, and the allow list.
                """)

        @Option(help: "The folder to create.")
        var output: String

        func run() throws {
            try FolderOwner.become(output)
            let directory = try KeyDirectory.create(at: output)
            try Output.lines([directory.workerFile, directory.clientFile])
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create keys for further workers or clients.")

        @OptionGroup var folder: KeyFolderOptions
        @OptionGroup var peers: PeerOptions

        @Argument(help: "The name of the new peer; with --count, what comes before the number.")
        var name: String

        func run() throws {
            let names = KeyDirectory.names(name, count: peers.count)
            try Output.lines(
                folder.keys.addPeers(role: peers.peerRole, names: names, isOperator: peers.isOperator))
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a peer's keys and tokens; a running coordinator closes its connection at once.")

        @OptionGroup var folder: KeyFolderOptions

        @Argument(help: "The name of the peer.")
        var name: String

        func run() throws {
            guard try folder.keys.revoke(name: name) else {
                throw ValidationError("There is no peer named \"\(name)\" in \(folder.directory).")
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List whose keys and tokens are accepted; secrets are not shown.")

        @OptionGroup var folder: KeyFolderOptions

        @Option(help: "text or json.")
        var format = AnswerFormat.text

        func run() throws {
            let keys = try folder.keys.list()
            switch format {
            case .json: try Output.json(keys)
            case .text: try Output.lines(keys.map(line))
            }
        }

        private func line(_ key: ListedKey) -> String {
            var words = [key.name, key.role, key.publicKey]
            if let invites = key.invites { words[1] += key.isOperator ? " of an operator" : " of a \(invites)" }
            if key.isOperator, key.invites == nil { words[1] = "client and operator" }
            if let expires = key.expires { words.append("until \(expires)") }
            if let knows = key.knowsNextKey {
                words.append(knows ? "has the next key" : "has not said that it has the next key")
            }
            return words.joined(separator: "   ")
        }
    }
}

/// The folder of keys that a command changes.
struct KeyFolderOptions: ParsableArguments {
    @Option(help: "The folder that `keys new` or a coordinator created.")
    var directory: String

    /// Opened as the folder's owner; see ``FolderOwner``.
    var keys: KeyDirectory {
        get throws {
            try FolderOwner.become(directory)
            return KeyDirectory(path: directory)
        }
    }
}

/// Which peers keys or tokens are made for.
struct PeerOptions: ParsableArguments {
    @Option(help: "worker or client; worker without --operator.")
    var role: String?

    @Flag(name: .customLong("operator"), help: "A client that may also cancel and discard what is others'.")
    var isOperator = false

    @Option(help: "How many: NAME-1, NAME-2 and so on.")
    var count: Int?

    var peerRole: Role { role.flatMap(Role.init) ?? (isOperator ? .client : .worker) }

    func validate() throws {
        if let role, ![Role.worker.rawValue, Role.client.rawValue].contains(role) {
            throw ValidationError("--role must be worker or client, not \"\(role)\".")
        }
        guard !isOperator || role != Role.worker.rawValue else {
            throw ValidationError("--operator makes a client; leave out --role worker.")
        }
        if let count, !(1...100_000).contains(count) {
            throw ValidationError("--count must be between 1 and 100000, not \(count).")
        }
    }
}
