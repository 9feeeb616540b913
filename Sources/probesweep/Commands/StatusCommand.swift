import ArgumentParser
import Cluster
import Ledger

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how sweeps stand.",
        discussion: """
            Asks a coordinator, or reads a ledger with --state, which knows of no leases and no speed. In a terminal \
            columns that do not fit are left out; a pipe gets all of them.
            """)

    @Argument(help: "A sweep's name or number; all sweeps without it.")
    var sweep: String?

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var watching: WatchOptions

    func run() async throws {
        switch try ledger.announcedPlace() {
        case .state(let folder):
            let reader = try LedgerReader.open(folder)
            try await watching.show({ try SweepStatus.all(in: reader, sweep: sweep) }, lines: StatusText.lines)
        case .coordinator(let endpoint):
            let client = try endpoint.client()
            try await watching.show({ try client.status(of: sweep) }, lines: StatusText.lines)
        }
    }
}
