import ArgumentParser
import Cluster
import Foundation
import Logging
import Scheduling
import Transport

/// A worker process of the cluster benchmark: the real service with a trainer that trains nothing.
struct NoOpWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "no-op-worker", shouldDisplay: false)

    @Option var connect: String
    /// Without keys the endpoint is a Unix socket.
    @Option var keys: String?
    @Option var name: String
    @Option var cache: String
    @Option var seconds = 0.0

    func run() async throws {
        let identity = WorkerIdentity(programVersion: "benchmark", name: name, kernelPath: "none")
        let security: DealerSecurity =
            if let keys { try KeyFile.read(keys).dealerSecurity(path: keys) } else { .none }
        var trainer: NoOpTrainer?
        let service = try WorkerService(
            WorkerService.Configuration(
                identity: identity, settings: WorkerSettings(id: identity.id, name: name), endpoint: connect,
                security: security,
                cache: URL(filePath: cache).appending(path: name)),
            logger: Logger(label: name) { _ in SwiftLogNoOpLogHandler() }
        ) { [seconds] tell in
            let made = NoOpTrainer(seconds: seconds, tell: tell)
            trainer = made
            return made
        }
        let end = service.end
        let signals = Signals([SIGTERM]) { _ in end() }
        let status = await service.run()
        withExtendedLifetime(signals) {}
        print(String(decoding: try JSONEncoder().encode(Quantiles(of: trainer?.cycles ?? [])), as: UTF8.self))
        throw ExitCode(status)
    }
}

/// Of a sample of seconds.
struct Quantiles: Codable {
    var count: Int
    var median = 0.0
    var percentile99 = 0.0

    init(of sample: [Double]) {
        count = sample.count
        let sorted = sample.sorted()
        guard !sorted.isEmpty else { return }
        median = sorted[count / 2]
        percentile99 = sorted[count * 99 / 100]
    }
}
