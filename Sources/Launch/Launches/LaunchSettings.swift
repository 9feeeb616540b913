import Foundation

/// What a launch was asked for. It holds no secret, and is kept in the launch's folder.
package struct LaunchSettings: Codable, Sendable, Equatable {
    package enum EngineKind: Codable, Sendable, Equatable {
        case local(workers: Int)
        case ssh(hosts: [String])
        case slurm
        case kubernetes(KubernetesSettings)

        package var isLocal: Bool { if case .local = self { true } else { false } }
        /// Whether there are so many machines and no more, each with one worker.
        package var isMachines: Bool { if case .ssh = self { true } else { false } }
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
    /// The sweep's specification; nil for a launch that only keeps workers for a coordinator.
    package var specification: String?
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
        name: String, specification: String?, engine: EngineKind, atLeast: Int, atMost: Int, target: Double,
        idleTimeout: Double, state: String, listen: String, address: String?, remote: Remote?, keyDirectory: String,
        shared: String?,
        kernel: String?, retry: Bool, workerOptions: [String], engineOptions: [String]
    ) {
        self.name = name
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

    /// The names of its workers, which are those of their keys too: `NAME-1`, or `NAME-HOST`.
    package var members: [String] {
        if case .ssh(let hosts) = engine { return hosts.map { "\(name)-\(Self.plain($0))" } }
        return (1...max(1, atMost)).map { "\(name)-\($0)" }
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

    /// The text with nothing in it that a file name or a key's name must not have.
    package static func plain(_ text: String) -> String {
        let plain = String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" })
        // A name that begins with a full stop is hidden, or a way to another folder.
        return plain.hasPrefix(".") || plain.isEmpty ? "-" + plain.dropFirst() : plain
    }
}

extension LaunchSettings {
    /// The key file by which this machine's user is a client of the coordinator.
    package var clientKeys: String { remote?.keys ?? keyDirectory + "/client.keys" }

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
