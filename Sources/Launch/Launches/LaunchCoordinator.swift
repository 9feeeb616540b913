import Cluster
import Foundation
import Ledger
import Logging
import Scheduling
import Sweeps
import Transport

/// The coordinator of a launch: one of its own, in this process, or one that was there before and stays.
struct LaunchCoordinator {
    private let service: CoordinatorService?
    private let client: CoordinatorClient
    let clientEndpoint: String
    let workerEndpoint: String
    private let keys: KeyDirectory

    /// Sweeps other than the launch's that the ledger has unfinished wait for their own launches.
    ///
    /// - Parameter program: the program's version, for the journal.
    static func start(
        _ settings: LaunchSettings, in folder: LaunchFolder, program: String, logger: Logger
    ) throws -> LaunchCoordinator {
        if let remote = settings.remote {
            return LaunchCoordinator(
                service: nil, client: try .connect(remote.endpoint, keys: remote.keys), clientEndpoint: remote.endpoint,
                workerEndpoint: remote.endpoint, keys: KeyDirectory(path: settings.keyDirectory))
        }
        let keys = try KeyDirectory.openOrCreate(at: settings.keyDirectory)
        let ledger = try Ledger.open(settings.state)
        let service = try CoordinatorService.start(
            ledger: ledger, listen: folder.formerEndpoint ?? settings.listen, security: try keys.routerSecurity(),
            resuming: settings.specification?.sweep, journal: JournalSettings(state: settings.state, program: program),
            logger: logger)
        try folder.save(endpoint: service.address)
        let local = EndpointSyntax.reachable(service.address, name: "127.0.0.1")
        let host = settings.address ?? ProcessInfo.processInfo.hostName
        return LaunchCoordinator(
            service: service, client: try .connect(local, keys: keys.clientFile), clientEndpoint: local,
            workerEndpoint: EndpointSyntax.reachable(service.address, name: host), keys: keys)
    }

    /// Why the launch's own coordinator cannot go on.
    var failure: (any Error)? { service?.failure }

    /// Seconds for which a token waits with its job in a queue.
    private static let tokenLife: TimeInterval = 7 * 86_400

    /// By what the next worker of a name is known: a key file on this machine, a fresh token elsewhere. What an earlier one
    /// was known by admits nobody any more; the name has the launch's identity in it, so that nobody else made it.
    ///
    /// - Throws: `TransportError` if there are no keys to make it from.
    func credential(of member: String, isLocal: Bool) throws -> Credential {
        try keys.revoke(name: member)
        if isLocal { return .keyFile(try keys.addPeer(role: .worker, name: member)) }
        let tokens = try keys.invite(names: [member], expires: .now + Self.tokenLife)
        guard let token = tokens.first else { throw EngineError("worker \(member)", "no token was made") }
        return .token(token.text)
    }

    /// Revokes what the launch's workers were known by.
    func revoke(_ members: [String]) { for member in members { _ = try? keys.revoke(name: member) } }

    /// What the fleet is told; nil if the coordinator does not answer.
    func facts(target: Double) -> (facts: Fleet.Facts, kernels: [String: String])? {
        guard let left = try? client.workersWanted(), let workers = try? client.workers() else { return nil }
        let joined = Dictionary(grouping: workers, by: \.name).mapValues { Set($0.map(\.id)) }
        let kernels = Dictionary(workers.map { ($0.name, $0.kernelPath) }, uniquingKeysWith: { first, _ in first })
        return (Fleet.Facts(wanted: left.count(target: target), joined: joined), kernels)
    }

    /// Submits the sweep.
    ///
    /// - Returns: nil if the coordinator does not answer; what it has taken all the same is taken up by the next attempt.
    func submit(_ source: SweepSource, retry: Bool) throws -> SubmittedSweep? {
        do {
            return try client.submit(source, retry: retry, replaces: service != nil)
        } catch ClientError.silence {
            return nil
        }
    }

    /// What decides whether a sweep can go on; nil where the coordinator is in another process.
    func standing(of sweep: Int) async -> RunStanding? { await service?.standing(of: "\(sweep)") }

    /// How a sweep stands; nil if the coordinator does not answer.
    func status(of sweep: Int) -> SweepStatus? { try? client.status(of: "\(sweep)").first }

    func stop() async {
        await client.close()
        await service?.stop()
    }
}
