import ArgumentParser
import Cluster
import Ledger
import Numerics
import Results
import Training

struct AttendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attend", abstract: "Show what trained heads attend to, and what that is worth.",
        discussion: """
            Trains the selected heads again, on this machine and on one process; each must give the ledger's result to \
            the last bit. Then reads their attention maps on the test folds, and evaluates the heads with maps replaced \
            by the uniform one, by their mean, and by those of other samples.

            It can read the attention of \(AttentionUnsupported.methods). docs/attention.md has the equations.
            """)

    @Argument(help: "The sweep's name or number; a name means the latest sweep of that name.")
    var sweep: String

    @Option(help: "text, csv, json or markdown.")
    var format = AttentionFormat.text

    @Option(help: "A folder to search for feature sets on this machine; may be repeated.")
    var featureFolder: [String] = []

    @OptionGroup var selection: RowOptions
    @OptionGroup var retraining: RetrainingOptions
    @OptionGroup var ledger: LedgerOptions

    func run() throws {
        let analysis = try AttentionAnalysis(
            sweep, selection.selection, in: try ledger.open(),
            settings: retraining.settings(folders: featureFolder))
        for reason in analysis.leftOut { Exit.complain(reason) }
        Exit.complain(try announcement(of: analysis))
        var (found, done) = ([UnitAttention](), 0)
        try analysis.run(
            begin: { units in
                Exit.complain("training units \(done + 1) to \(done + units) of \(analysis.units)")
                done += units
            }, finish: { found.append($0) })
        try Output.text(found.rendered(as: format))
    }

    /// What training again will cost.
    private func announcement(of analysis: AttentionAnalysis) throws -> String {
        let machine = CostModel.measure(kernel: try .fromEnvironment(), threads: retraining.threads)
        let seconds = analysis.predictedSeconds(speed: machine.speed(relativeTo: .reference))
        let passes = analysis.passCount == 1 ? "1 pass" : "\(analysis.passCount) passes"
        return "units to train again: \(analysis.units), in \(passes): about "
            + "\(AttentionAnalysis.words(seconds: seconds)) by this machine's speed, and the reading of maps on top"
    }
}

extension AttentionFormat: ExpressibleByArgument {}
