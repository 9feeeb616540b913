import ArgumentParser
import Cluster
import Ledger

struct SweepsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweeps", abstract: "List the sweeps that a ledger holds, with what they probe.",
        discussion: "Their names and numbers are what table, plot, leaderboard and the other commands take.")

    @OptionGroup var ledger: LedgerOptions

    @Option(help: "text or json.")
    var format = AnswerFormat.text

    func run() async throws {
        let sweeps = try listing()
        switch format {
        case .json: try Output.json(sweeps)
        case .text: try Output.lines(StatusText.lines(sweeps, width: WatchOptions.outputWidth))
        }
    }

    private func listing() throws -> [SweepListing] {
        switch try ledger.announcedPlace() {
        case .state(let folder):
            let reader = try LedgerReader.open(folder)
            return try SweepListing.all(try SweepStatus.all(in: reader, sweep: nil), in: reader)
        case .coordinator(let endpoint):
            let client = try endpoint.client()
            return try SweepListing.all(try client.status(), in: RemoteLedger(client))
        }
    }
}
