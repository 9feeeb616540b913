import ArgumentParser
import Cluster
import Results
import Training

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the trained head of one unit as safetensors.",
        discussion: """
            The unit is trained once more from its key and must give the ledger's metrics to the last bit, so heads \
            need not be kept or sent. docs/formats.md has the tensors' names; probesweep predict reads the file.
            """)

    @Argument(help: "The sweep's name or number; a name means the latest sweep of that name.")
    var sweep: String

    @Option(help: "The unit's key, or its first digits; probesweep table SWEEP --format json lists the keys.")
    var unit: String

    @Option(help: "The file to write.")
    var output: String

    @Option(help: "A folder to search for feature sets on this machine; may be repeated.")
    var features: [String] = []

    @OptionGroup var retraining: RetrainingOptions
    @OptionGroup var ledger: LedgerOptions

    func run() throws {
        let export = HeadExport(
            try ledger.open(),
            settings: retraining.settings(folders: features))
        try export.head(of: unit, in: sweep).write(to: output)
    }
}
