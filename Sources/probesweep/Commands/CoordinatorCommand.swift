import ArgumentParser
import Cluster
package import Dashboard
import Foundation
import Ledger
import Logging
import Scheduling
import Sweeps
import Transport

struct CoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator", abstract: "Run a coordinator: it keeps the ledger and leases units to workers.",
        discussion: "It may be killed at any time; when restarted, it resumes from the ledger.")

    @OptionGroup var options: StateOptions

    @Option(help: "The endpoint to listen on, for example tcp://0.0.0.0:7301; port * selects a free one.")
    var listen: String

    @Option(help: "The folder of keys, created on first use; by default keys in --state.")
    var keys: String?

    @Option(
        help: """
            An address for the web page, /status.json, /metrics, /healthz and /readyz, for example 127.0.0.1:7302. What \
            the page can do (cancel, drain and others) needs the bearer token in STATE/dashboard.token, which it asks \
            for; on an address that other machines can reach, everything but health needs it.
            """)
    var dashboard: SocketAddress?

    @Option(
        help: """
            The time within which all work should be done, for the number of workers wanted in /metrics and /status.json: \
            90s, 10m or 1h.
            """)
    var targetTime = TimeSpan(seconds: WorkersWanted.standardTarget)

    @Option(help: "The number of units that one sweep may have; a submission of more is refused.")
    var maximumUnits = SweepBounds.standard.units

    @Flag(help: "Allow the ledger on a network file system, where SQLite may lose data or corrupt it.")
    var unsafeLedgerLocation = false

    func validate() throws {
        if let problem = EndpointSyntax.problem(of: listen, allowsAnyPort: true) {
            throw ValidationError("--listen: \(problem).")
        }
        if maximumUnits < 1 { throw ValidationError("--maximum-units: it is less than 1.") }
    }

    func run() async throws {
        StateOptions.keepPrivate()
        try AddressSpace.check()
        LoggingSystem.bootstrap { StreamLogHandler(label: $0, stream: LogStream()) }
        let directory = try KeyDirectory.openOrCreate(at: keys ?? options.state + "/keys")
        let ledger = try Ledger.open(options.state, allowNetworkFileSystem: unsafeLedgerLocation)
        let service = try CoordinatorService.start(
            ledger: ledger, listen: listen, security: try directory.routerSecurity(),
            bounds: SweepBounds(units: maximumUnits),
            journal: JournalSettings(state: options.state, program: ProgramVersion.current),
            logger: Logger(label: "coordinator"))
        let reachable = EndpointSyntax.reachable(service.address, name: ProcessInfo.processInfo.hostName)
        Exit.complain(
            """
            listening on \(service.address)
            a worker:  probesweep worker --connect \(reachable) --keys \(directory.workerFile)
            a sweep:   probesweep submit SPEC --connect \(reachable) --keys \(directory.clientFile) --wait
            """)
        let page = try startDashboard(of: service, ledger.reader)
        let interrupted = Interruption()
        while !interrupted.came, service.failure == nil { try await Task.sleep(for: .milliseconds(100)) }
        page?.stop()
        await service.stop()
        if let failure = service.failure { throw failure }
    }

    private func startDashboard(of service: CoordinatorService, _ ledger: LedgerReader) throws -> Dashboard? {
        guard let dashboard else { return nil }
        let tokenFile = options.state + "/dashboard.token"
        let token = try DashboardToken.readOrCreate(tokenFile)
        let page = try Dashboard.start(
            dashboard, token: token, ledger: ledger, target: targetTime.seconds, version: ProgramVersion.current,
            of: Dashboard.Coordinator(service), logger: Logger(label: "dashboard"))
        let use = dashboard.isLoopback ? "actions there need" : "it needs"
        Exit.complain("dashboard at \(page.url); \(use) the token in \(tokenFile)")
        return page
    }
}

extension SocketAddress: ExpressibleByArgument {
    package init?(argument: String) {
        guard let address = try? SocketAddress(argument) else { return nil }
        self = address
    }
}
