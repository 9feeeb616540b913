import ArgumentParser
import Cluster
package import Results

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Test whether rows of a sweep's table differ, over the same folds or over tasks.",
        discussion: """
            Over folds: corrected resampled t-test with Holm's correction, and the Bayesian correlated t-test with a \
            region of practical equivalence; by default the best row against all others of its task. Over tasks: \
            Friedman's test with Nemenyi's critical difference, and Wilcoxon's signed-rank test with Holm's correction \
            of every pair. Rows that were not scored on the same folds are rejected. docs/statistics.md explains every \
            number.
            """)

    @Argument(help: "The sweep's name or number; a name means the latest sweep of that name.")
    var sweep: String

    @Option(help: "What the compared rows differ in: row (anything), probe, features, layer, output or shots.")
    var between = RowAxis.row

    @Option(help: "The replicates of the tests: folds or tasks.")
    var over = Replicates.folds

    @Flag(help: "Over folds: test all pairs of rows instead of the best against the others.")
    var allPairs = false

    @Option(help: "Over folds: test this row against all others.")
    var baseline: String?

    @Option(help: "Over folds: differences of the metric up to this size are practically equivalent.")
    var equivalence = 0.01

    @Flag(help: "Compare controls (null, majority, uniform) with the other rows too.")
    var controls = false

    @Option(
        help: """
            Over tasks: number of bootstrap samples of the kept out-of-fold predictions for a 95 % interval of each mean \
            rank; needs a sweep with keep: predictions.
            """)
    var bootstrap: Int?

    @Option(help: "text, markdown, csv or json.")
    var format = ComparisonFormat.text

    @OptionGroup var rows: RowOptions
    @OptionGroup var layers: LayerOptions
    @OptionGroup var ledger: LedgerOptions

    /// The replicates of a test: each row has one value for each.
    enum Replicates: String, CaseIterable, ExpressibleByArgument { case folds, tasks }

    func validate() throws {
        guard equivalence >= 0 else { throw ValidationError("--equivalence must be at least 0, not \(equivalence).") }
        if let bootstrap { try Bootstrap.validate(bootstrap) }
        guard bootstrap == nil || over == .tasks else {
            throw ValidationError("--bootstrap needs --over tasks; over folds differences have intervals already.")
        }
        guard bootstrap == nil || layers.layers == nil else {
            throw ValidationError("--bootstrap resamples the predictions of one layer; give it without --layers best.")
        }
        guard !(allPairs && baseline != nil) else {
            throw ValidationError("Give --all-pairs or --baseline, not both.")
        }
        guard over == .folds || (!allPairs && baseline == nil) else {
            throw ValidationError("--all-pairs and --baseline need --over folds; over tasks all pairs are tested.")
        }
    }

    func run() throws {
        let ledger = try ledger.open()
        let selected = try SweepTable.make(sweep, in: ledger, against: .parameters, fields: layers.fields)
            .selecting(rows.selection).announcingUnreadable().resampled(bootstrap, of: sweep, in: ledger)
        let table = layers.choosing(in: selected)
        let groups = table.grouped(by: between, withControls: controls)
        guard !groups.isEmpty else { throw NothingToCompare(axis: between) }
        switch over {
        case .folds:
            try Output.text(groups.flatMap(overFolds).rendered(as: format))
        case .tasks:
            try Output.text(groups.map(RankComparison.make).rendered(as: format))
        }
    }

    private func overFolds(_ group: RowGroup) throws -> [Comparison] {
        let pairing: Comparison.Pairing = allPairs ? .all : baseline.map { .baseline($0) } ?? .best
        return try group.table.blocks.map {
            try Comparison.make($0, scope: group.name, pairing: pairing, equivalence: equivalence)
        }
    }
}

/// No two rows differ only along the requested axis.
struct NothingToCompare: Error, CustomStringConvertible {
    let axis: RowAxis

    var description: String {
        let axes = RowAxis.allCases.map(\.rawValue).joined(separator: ", ")
        return "No two of these rows differ only in \(axis.rawValue). Give fewer of --features, --task, --layer, "
            + "--probe and --output-dim, or compare --between another of \(axes)."
    }
}

extension ComparisonFormat: ExpressibleByArgument {}
extension RowAxis: ExpressibleByArgument {}
