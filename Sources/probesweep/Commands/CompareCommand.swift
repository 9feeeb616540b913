import ArgumentParser
import Cluster
import Ledger
package import Results

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Test whether rows of a sweep's table differ, over the same folds or over tasks.",
        discussion: """
            Over folds: corrected resampled t-test with Holm's correction, and the Bayesian correlated t-test with a \
            region of practical equivalence; by default the best row against all others of its task. Over tasks: \
            Friedman's test with Nemenyi's critical difference, and Wilcoxon's signed-rank test with Holm's correction \
            of every pair. Rows that were not scored on the same folds are refused. docs/statistics.md says what each \
            figure is.
            """)

    @Argument(help: "The sweep's name or number; of several with one name the latest.")
    var sweep: String

    @Option(help: "What the rows of a table differ in: row (anything), probe, layer, output or shots.")
    var between = RowAxis.row

    @Option(help: "What the tests are over: folds or tasks.")
    var over = Replicates.folds

    @Flag(help: "Over folds: test all pairs of rows instead of the best against the others.")
    var allPairs = false

    @Option(help: "Over folds: test this row against all others.")
    var baseline: String?

    @Option(help: "Over folds: differences of the metric that count as none.")
    var equivalence = 0.01

    @Option(help: "text, markdown, csv or json.")
    var format = ComparisonFormat.text

    @OptionGroup var rows: RowOptions
    @OptionGroup var options: StateOptions

    /// What a test has one value of for each row.
    enum Replicates: String, CaseIterable, ExpressibleByArgument { case folds, tasks }

    func validate() throws {
        guard equivalence >= 0 else { throw ValidationError("--equivalence must be at least 0, not \(equivalence).") }
        guard !(allPairs && baseline != nil) else {
            throw ValidationError("--all-pairs and --baseline exclude each other.")
        }
        guard over == .folds || (!allPairs && baseline == nil) else {
            throw ValidationError("--all-pairs and --baseline go with --over folds; over tasks all pairs are tested.")
        }
    }

    func run() throws {
        let table = try SweepTable.make(sweep, in: try LedgerReader.open(options.state), against: .parameters)
            .selecting(rows.selection)
        let groups = table.grouped(by: between)
        guard !groups.isEmpty else { throw NothingToCompare(axis: between) }
        switch over {
        case .folds:
            print(try groups.flatMap(overFolds).rendered(as: format), terminator: "")
        case .tasks:
            print(try groups.map(RankComparison.make).rendered(as: format), terminator: "")
        }
    }

    private func overFolds(_ group: RowGroup) throws -> [Comparison] {
        let pairing: Comparison.Pairing = allPairs ? .all : baseline.map { .baseline($0) } ?? .best
        return try group.table.blocks.map {
            try Comparison.make($0, scope: group.name, pairing: pairing, equivalence: equivalence)
        }
    }
}

/// No two rows differ in what is to be compared alone.
struct NothingToCompare: Error, CustomStringConvertible {
    let axis: RowAxis

    var description: String {
        let axes = RowAxis.allCases.map(\.rawValue).joined(separator: ", ")
        return "No two of these rows differ in their \(axis.rawValue) alone. Name fewer of --task, --layer, --probe "
            + "and --output-dim, or compare --between another of \(axes)."
    }
}

extension ComparisonFormat: ExpressibleByArgument {}
extension RowAxis: ExpressibleByArgument {}
