import ArgumentParser
import Cluster
import Foundation
import Ledger
import Results

struct RescoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rescore",
        abstract: "Score a sweep by another metric, or class by class, without training.",
        discussion: """
            Reads the predictions that a sweep with keep: predictions left in the ledger, and the labels in its \
            feature sets. docs/sweeps.md lists the metrics of every kind of task.
            """)

    @Argument(help: "The sweep's name or number; of several with one name the latest.")
    var sweep: String

    @Option(help: "The metric; tasks of kinds that do not have it are left out.")
    var metric: String?

    @Flag(help: "Show precision, recall, F1, average precision and area under the curve of every class.")
    var perClass = false

    @Option(help: "params or gflops: the cost that orders rows and decides what is on the Pareto front.")
    var against = CostAxis.parameters

    @Option(help: "text, markdown, csv, json or latex; of classes text, markdown, csv or json.")
    var format = TableFormat.text

    @Option(name: .customLong("features"), help: "A folder below which feature sets are looked for; may be repeated.")
    var roots: [String] = []

    @OptionGroup var options: StateOptions

    func validate() throws {
        guard (metric == nil) == perClass else {
            throw ValidationError("Give either --metric NAME or --per-class.")
        }
    }

    func run() throws {
        let ledger = try LedgerReader.open(options.state)
        guard let metric else {
            let (table, missing) = try Rescoring.classes(sweep, in: ledger, roots: roots)
            print(table.rendered(as: format), terminator: "")
            for line in missing { Exit.complain("left out: \(line)") }
            return
        }
        let (table, missing) = try Rescoring.table(sweep, metric: metric, in: ledger, roots: roots, against: against)
        print(table.rendered(as: format), terminator: "")
        if missing > 0 {
            Exit.complain(
                "\(missing) units have a result but no predictions: they were trained without keep: predictions.")
        }
    }
}
