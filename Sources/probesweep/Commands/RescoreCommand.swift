import ArgumentParser
import Cluster
import Foundation
import Results

struct RescoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rescore",
        abstract: "Score a sweep by another metric, or class by class, without training.",
        discussion: """
            Reads the predictions of a sweep with keep: predictions from the ledger, and the labels from its feature \
            sets, which must be on this machine, also with --connect. docs/sweeps.md lists the metrics of every kind of task.
            """)

    @Argument(help: "The sweep's name or number; a name means the latest sweep of that name.")
    var sweep: String

    @Option(help: "The metric; tasks of other kinds are left out.")
    var metric: String?

    @Flag(help: "Show precision, recall, F1, average precision and area under the curve of every class.")
    var perClass = false

    @Option(help: "params or gflops: the cost that rows are ordered by and the Pareto front is taken over.")
    var against = CostAxis.parameters

    @Option(help: "text, markdown, csv, json or latex; of classes text, markdown, csv or json.")
    var format = TableFormat.text

    @Option(name: .customLong("features"), help: "A folder to search for feature sets; may be repeated.")
    var roots: [String] = []

    @OptionGroup var ledger: LedgerOptions

    func validate() throws {
        guard (metric == nil) == perClass else {
            throw ValidationError("Give either --metric NAME or --per-class.")
        }
    }

    func run() throws {
        let ledger = try ledger.open()
        guard let metric else {
            let (table, missing) = try Rescoring.classes(sweep, in: ledger, roots: roots)
            try Output.text(table.rendered(as: format))
            for line in missing { Exit.complain("left out: \(line)") }
            return
        }
        let (table, missing) = try Rescoring.table(
            sweep, metric: metric, in: ledger, fields: format.fields(TableOptions()), roots: roots, against: against)
        try Output.text(table.rendered(as: format))
        if missing > 0 {
            Exit.complain(
                "\(missing) units have a result but no predictions: they were trained without keep: predictions.")
        }
    }
}
