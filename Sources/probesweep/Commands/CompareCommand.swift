public import ArgumentParser
import Cluster
import Ledger
public import Reports

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Test whether rows of a sweep's table differ, over the same folds.",
        discussion: """
            Corrected resampled t-test with Holm's correction, and the Bayesian correlated t-test with a region of \
            practical equivalence. By default the best row against all others of its task.
            """)

    @Argument(help: "The sweep's name or number; of several with one name the latest.")
    var sweep: String

    @Flag(help: "Test all pairs of rows instead.")
    var allPairs = false

    @Option(help: "Differences of the metric that are taken for none.")
    var equivalence = 0.01

    @Option(help: "text, markdown or json.")
    var format = ComparisonFormat.text

    @OptionGroup var options: StateOptions

    func validate() throws {
        guard equivalence >= 0 else { throw ValidationError("--equivalence is at least 0, not \(equivalence).") }
    }

    func run() throws {
        let table = try SweepTable.make(sweep, in: try LedgerReader.open(options.state), against: .parameters)
        for block in table.blocks {
            let comparison = try Comparison.make(
                block, pairing: allPairs ? .all : .best, equivalence: equivalence)
            print(comparison.rendered(as: format), terminator: "")
        }
    }
}

extension ComparisonFormat: ExpressibleByArgument {}
