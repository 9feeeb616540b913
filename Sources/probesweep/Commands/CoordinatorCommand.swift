import ArgumentParser
import Cluster
import Foundation
import Ledger
import Logging
import Transport

struct CoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator", abstract: "Keep the ledger and hand out work.",
        discussion: "Killed at any moment and started again, it goes on where the ledger stands.")

    @OptionGroup var options: StateOptions

    @Option(help: "The endpoint to listen on, for example tcp://0.0.0.0:7301; port * takes a free one.")
    var listen: String

    @Option(help: "The folder of keys; made on first use.")
    var keys: String?

    @Flag(help: "Allow the ledger on a network file system, where SQLite may lose or corrupt it.")
    var unsafeLedgerLocation = false

    func run() async throws {
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        let directory = try KeyDirectory.openOrCreate(at: keys ?? options.state + "/keys")
        let ledger = try Ledger.open(options.state, allowNetworkFileSystem: unsafeLedgerLocation)
        let service = try CoordinatorService.start(
            ledger: ledger, listen: listen, security: try directory.routerSecurity(),
            logger: Logger(label: "coordinator"))
        Exit.complain(
            """
            listening on \(service.address)
            a worker:  probesweep worker --connect \(service.address) --keys \(directory.workerFile)
            a sweep:   probesweep submit SPEC --connect \(service.address) --keys \(directory.clientFile) --wait
            """)
        await endSignal()
        await service.stop()
    }

    private func endSignal() async {
        let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
        let sources = Signals([SIGTERM, SIGINT]) { continuation.yield($0) }
        for await _ in signals { break }
        withExtendedLifetime(sources) {}
    }
}
