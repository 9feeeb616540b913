import ArgumentParser
import Cluster
import Ledger

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the status of sweeps.",
        discussion: """
            Asks a coordinator, or reads a ledger with --state, which knows of no leases and no speed.
            """)

    @Argument(help: "A sweep's name or number; all sweeps without it.")
    var sweep: String?

    @OptionGroup var ledger: LedgerOptions

    @Option(help: "text or json.")
    var format = AnswerFormat.text

    func run() async throws {
        let sweeps =
            switch try ledger.announcedPlace() {
            case .state(let folder): try SweepStatus.all(in: try LedgerReader.open(folder), sweep: sweep)
            case .coordinator(let endpoint): try endpoint.client().status(of: sweep)
            }
        switch format {
        case .json: try Output.json(sweeps)
        case .text: try Output.lines(sweeps.flatMap(\.lines))
        }
    }
}
