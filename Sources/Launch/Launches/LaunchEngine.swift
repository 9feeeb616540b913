package import Foundation

extension LaunchSettings {
    /// The engine that this launch asked for.
    ///
    /// - Parameter program: this program's file.
    package func makeEngine(program: URL) throws -> any Engine {
        switch engine {
        case .local: return try LocalEngine(program: program)
        case .ssh:
            return SSHEngine(launch: uniqueName, bundle: try .of(program), hosts: hosts, options: engineOptions)
        case .slurm:
            return SlurmEngine(
                launch: uniqueName, bundle: try .of(program),
                shared: SharedFolder(shared.map { URL(filePath: $0) }, launch: uniqueName), options: engineOptions)
        case .kubernetes(let settings):
            return KubernetesEngine(launch: uniqueName, settings: settings, options: engineOptions)
        }
    }

    /// What the worker of a name is started with.
    ///
    /// - Parameters:
    ///   - endpoint: where it finds the coordinator.
    ///   - credential: by what it is known.
    package func order(
        for member: String, endpoint: String, credential: Credential, in folder: LaunchFolder
    ) -> WorkerOrder {
        var options = workerOptions
        if engine.isLocal { options += ["--cache", folder.workerCache.path] }
        return WorkerOrder(
            member: member, endpoint: endpoint, credential: credential, log: folder.logFile(of: member),
            // Elsewhere a worker outlives a launch that is lost, and must not stay for ever.
            idleTimeout: engine.isLocal ? nil : idleTimeout, options: options)
    }

    /// What would be done, for people; nothing is.
    package func shown(program: URL) throws -> String {
        let folder = LaunchFolder(state: state, name: name)
        let endpoint = remote?.endpoint ?? "tcp://\(address ?? ProcessInfo.processInfo.hostName):PORT"
        let engine = try makeEngine(program: program)
        let part = engine.shown(
            order(
                for: members[0], endpoint: endpoint, credential: .keyFile("\(keyDirectory)/\(members[0]).keys"),
                in: folder))
        let coordinator =
            remote.map { "# coordinator: the one at \($0.endpoint)\n" }
            ?? "# coordinator: in a process of this machine that listens on \(listen), with its ledger in \(state)\n"
        let range =
            "# workers: \(atLeast) to \(atMost) like this one, named \(members[0])"
            + (members.count > 1 ? " to \(members[members.count - 1])\n" : "\n")
        return coordinator + range + part
    }
}
