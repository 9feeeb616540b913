import Cluster
import Foundation
import Identities
import Scheduling

/// The worker processes of a local cluster, kept by a ``Fleet``: those that end are started again, except in a crash loop.
struct LocalWorkers {
    private let folder: URL
    private let engine: LocalEngine
    private var driver: FleetDriver

    /// - Throws: `TransportError` without descriptors.
    init(_ cluster: LocalCluster, endpoint: String, keys: String) throws {
        let folder = cluster.state.appending(path: "workers")
        let engine = try LocalEngine(program: cluster.program)
        let options =
            [
                "--cache", folder.path, "--threads", "\(cluster.threadsPerWorker)", "--memory",
                "\(cluster.gigabytesPerWorker)",
            ] + cluster.featureFolders.flatMap { ["--features", $0] }
        self.folder = folder
        self.engine = engine
        let names = (1...max(1, cluster.workers)).map { "local-\($0)" }
        driver = FleetDriver(Fleet(.local(names), at: .now), engine: engine) { name in
            WorkerOrder(
                member: name, endpoint: endpoint, credential: .keyFile(keys), log: Self.log(of: name, in: folder),
                idleTimeout: nil,
                options: options)
        }
    }

    /// The checkpoints of all its workers.
    var checkpoints: URL { CheckpointFolder.place(in: folder) }

    /// Starts the workers that are missing.
    ///
    /// - Parameter joined: the processes that the coordinator knows, by name.
    /// - Throws: ``WorkerCrashLoop`` on a crash loop, or if a worker does not join.
    mutating func keepUp(joined: [String: Set<WorkerID>]) async throws {
        let facts = Fleet.Facts(
            wanted: driver.fleet.settings.atLeast, joined: joined.mapValues { Set($0.map(\.description)) })
        guard let failure = await driver.step(facts, at: .now, report: { _ in }) else { return }
        throw WorkerCrashLoop(failure, log: Self.log(of: failure.member, in: folder))
    }

    /// Ends all workers in order and waits for them.
    ///
    /// - Parameter patience: how long they may finish what they have begun; nil for as long as they take.
    func dismiss(within patience: Duration? = nil) { engine.dismiss(within: patience) }

    private static func log(of name: String, in folder: URL) -> String { folder.appending(path: "\(name).log").path }
}
