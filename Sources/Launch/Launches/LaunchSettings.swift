import Digests
import Foundation

/// What a launch was asked for. It holds no secret, and is kept in the launch's folder.
package struct LaunchSettings: Codable, Sendable, Equatable {
    package enum EngineKind: Codable, Sendable, Equatable {
        case local
        case ssh(hosts: [String])
        case slurm
        case kubernetes(KubernetesSettings)

        package var isLocal: Bool { self == .local }
        /// Whether there are so many machines and no more, each with one worker.
        package var isMachines: Bool { if case .ssh = self { true } else { false } }
    }

    /// A file that says what is to be trained, as it was when the launch began.
    package struct Specification: Codable, Sendable, Equatable {
        package var file: String
        /// The SHA-256 of its content in hexadecimal.
        package var digest: String
        /// The name of its sweep; nil where an earlier version wrote the settings.
        package var sweep: String?

        /// - Throws: `CocoaError` if it cannot be read.
        package init(file: String, sweep: String) throws {
            self.file = file
            self.sweep = sweep
            digest = SHA256.hash(try Data(contentsOf: URL(filePath: file))).hexadecimal
        }

        /// The sweep's name follows from the content.
        package static func == (one: Specification, other: Specification) -> Bool {
            (one.file, one.digest) == (other.file, other.digest)
        }
    }

    /// A coordinator that was there before and stays.
    package struct Remote: Codable, Sendable, Equatable {
        package var endpoint: String
        /// The client's key file.
        package var keys: String

        package init(endpoint: String, keys: String) {
            self.endpoint = endpoint
            self.keys = keys
        }
    }

    package var name: String
    /// What tells its workers, jobs and folders elsewhere from those of a launch of the same name in another folder, on
    /// another machine, or of another user; see ``identity(folder:host:user:)``.
    package var identity: String
    /// The sweep's specification; nil for a launch that only keeps workers for a coordinator.
    package var specification: Specification?
    package var engine: EngineKind
    package var atLeast: Int
    package var atMost: Int
    /// Seconds within which everything is to be done, which decides how many workers are wanted.
    package var target: Double
    /// Seconds without work after which a worker leaves.
    package var idleTimeout: Double
    /// Where the launch's own coordinator keeps its ledger.
    package var state: String
    /// Where the launch's own coordinator listens.
    package var listen: String
    /// This machine's name for workers; nil for the host's.
    package var address: String?
    package var remote: Remote?
    /// The folder of keys in which those of workers are made.
    package var keyDirectory: String
    /// The folder that nodes of a cluster see too; nil for the one below the user's home.
    package var shared: String?
    /// The kernel path to pin; nil for the best that all machines offer.
    package var kernel: String?
    package var retry: Bool
    /// Further options of every worker.
    package var workerOptions: [String]
    /// Options of the engine's own program.
    package var engineOptions: [String]

    package init(
        name: String, identity: String, specification: Specification?, engine: EngineKind, atLeast: Int, atMost: Int,
        target: Double, idleTimeout: Double, state: String, listen: String, address: String?, remote: Remote?,
        keyDirectory: String, shared: String?, kernel: String?, retry: Bool, workerOptions: [String],
        engineOptions: [String]
    ) {
        self.name = name
        self.identity = identity
        self.specification = specification
        self.engine = engine
        self.atLeast = atLeast
        self.atMost = atMost
        self.target = target
        self.idleTimeout = idleTimeout
        self.state = state
        self.listen = listen
        self.address = address
        self.remote = remote
        self.keyDirectory = keyDirectory
        self.shared = shared
        self.kernel = kernel
        self.retry = retry
        self.workerOptions = workerOptions
        self.engineOptions = engineOptions
    }

    /// Its name wherever other launches may be: `NAME-IDENTITY`. The names of keys are no longer than 128 bytes.
    package var uniqueName: String { "\(name.prefix(60))-\(identity)" }

    /// The names of its workers, which are those of their keys too: `NAME-IDENTITY-1`, or `NAME-IDENTITY-HOST`.
    package var members: [String] {
        if case .ssh(let hosts) = engine { return hosts.map { "\(uniqueName)-\(Self.plain($0))" } }
        return (1...max(1, atMost)).map { "\(uniqueName)-\($0)" }
    }

    /// The host of each member, where the engine is ssh.
    var hosts: [String: String] {
        guard case .ssh(let hosts) = engine else { return [:] }
        return Dictionary(zip(members, hosts), uniquingKeysWith: { first, _ in first })
    }

    var fleet: FleetSettings {
        switch engine {
        case .local: .local(members)
        case .ssh: .machines(members, atLeast: atLeast)
        case .slurm, .kubernetes: .queued(members, atLeast: atLeast)
        }
    }

    /// The text as a file and a key may be named: letters, digits, `-`, `_` and `.`, and a letter or a digit at first, since
    /// a name that begins otherwise may be hidden, a way to another folder, or an option.
    package static func plain(_ text: String) -> String {
        let plain = String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" })
        return plain.first.map { $0.isLetter || $0.isNumber } == true ? plain : "x" + plain
    }

    /// Eight hexadecimal digits that are another launch's once in four billion times.
    ///
    /// - Parameters:
    ///   - folder: the launch's folder, absolute.
    ///   - host: this machine's name.
    ///   - user: this user's number.
    package static func identity(folder: String, host: String, user: UInt32) -> String {
        String(SHA256.hash("\(host)\n\(user)\n\(folder)".utf8).hexadecimal.prefix(8))
    }

    /// The options in which another launch differs, as the command line names them.
    package func differences(from other: LaunchSettings) -> [String] {
        let options: [(String, Bool)] = [
            ("the specification", specification == other.specification), ("--on", engine == other.engine),
            ("--at-least", atLeast == other.atLeast), ("--at-most", atMost == other.atMost),
            ("--target-time", target == other.target), ("--idle-timeout", idleTimeout == other.idleTimeout),
            ("--state", state == other.state), ("--listen", listen == other.listen),
            ("--address", address == other.address), ("--connect", remote == other.remote),
            ("--key-directory", keyDirectory == other.keyDirectory), ("--shared", shared == other.shared),
            ("--kernel", kernel == other.kernel), ("--retry", retry == other.retry),
            ("options of workers", workerOptions == other.workerOptions),
            ("options after --", engineOptions == other.engineOptions),
            ("the machine or the user", identity == other.identity),
        ]
        return options.filter { !$0.1 }.map(\.0)
    }
}

extension LaunchSettings {
    /// The key file by which this machine's user is a client of the coordinator.
    package var clientKeys: String { remote?.keys ?? keyDirectory + "/client.keys" }

    /// What is wrong with the options for the engine's own program, for people; nil if nothing is known to be.
    package var problemOfEngineOptions: String? {
        engine == .slurm ? SlurmOptions.problem(in: engineOptions) : nil
    }

    /// As `--on` has it.
    package var engineName: String {
        switch engine {
        case .local: "local"
        case .ssh(let hosts): hosts.count == 1 ? "ssh (\(hosts[0]))" : "ssh (\(hosts.count) hosts)"
        case .slurm: "slurm"
        case .kubernetes(let settings): "kubernetes (\(settings.namespace))"
        }
    }
}
