package import Foundation

extension LaunchSettings {
    /// The engine that this launch asked for.
    ///
    /// - Parameter program: this program's file.
    package func makeEngine(program: URL) throws -> any Engine {
        switch engine {
        case .local: return try LocalEngine(program: program)
        case .ssh:
            return SSHEngine(launch: name, bundle: try .of(program), hosts: hosts, options: engineOptions)
        case .slurm:
            return SlurmEngine(
                launch: name, bundle: try .of(program),
                shared: SharedFolder(shared.map { URL(filePath: $0) }, launch: name), options: engineOptions)
        case .kubernetes(let settings):
            return KubernetesEngine(launch: name, settings: settings, options: engineOptions)
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
        let isAlwaysWanted = members.prefix(atLeast).contains(member)
        var options = workerOptions
        if case .local = engine { options += ["--cache", folder.url.appending(path: "workers").path] }
        return WorkerOrder(
            member: member, endpoint: endpoint, credential: credential, log: folder.logFile(of: member),
            idleTimeout: isAlwaysWanted ? nil : idleTimeout, options: options)
    }

    /// What would be done, for people; nothing is.
    package func shown(program: URL) throws -> String {
        let folder = LaunchFolder(state: state, name: name)
        let endpoint = remote?.endpoint ?? "tcp://\(address ?? ProcessInfo.processInfo.hostName):PORT"
        let engine = try makeEngine(program: program)
        let shown = members.prefix(max(1, min(members.count, 1)))
        let parts = shown.map { member in
            engine.shown(
                order(
                    for: member, endpoint: endpoint, credential: .keyFile("\(keyDirectory)/\(member).keys"), in: folder)
            )
        }
        let coordinator =
            remote.map { "# coordinator: the one at \($0.endpoint)\n" }
            ?? "# coordinator: in a process of this machine that listens on \(listen), with its ledger in \(state)\n"
        let range =
            "# workers: \(atLeast) to \(atMost) like this one, named \(members[0])"
            + (members.count > 1 ? " to \(members[members.count - 1])\n" : "\n")
        return coordinator + range + parts.joined(separator: "\n")
    }
}
