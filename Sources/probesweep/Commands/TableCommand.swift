import ArgumentParser
import Cluster
import Ledger
package import Results
import Transport

struct TableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table", abstract: "Print a sweep's results against their cost.",
        discussion: "Reads the ledger in --state, or asks a coordinator where --connect and --keys are given.")

    @Argument(help: "The sweep's name or number; of several with one name the latest.")
    var sweep: String

    @Option(help: "params or gflops: the cost that orders rows and decides what is on the Pareto front.")
    var against = CostAxis.parameters

    @Option(help: "text, markdown, csv, json or latex.")
    var format = TableFormat.text

    @Flag(help: "Show measured seconds of training, which differ from run to run.")
    var times = false

    @Flag(help: "Show what was chosen in each fold: learning rate, epoch, k and so on.")
    var choices = false

    @Option(
        help: """
            Resample the kept out-of-fold predictions so often for a 95 % interval of each row; needs a sweep with \
            keep: predictions.
            """)
    var bootstrap: Int?

    @Option(
        help: """
            Show what the best row is worth among those that differ in nothing but their row, probe, layer, output or \
            shots: as found, and corrected for having been chosen.
            """)
    var best: RowAxis?

    @Option(help: "Show curves over layer, output or shots: a line for each probe, a column for each place.")
    var across: CurveAxis?

    @OptionGroup var rows: RowOptions
    @OptionGroup var options: StateOptions

    @Option(help: "A coordinator's endpoint, for example tcp://host:7301.")
    var connect: String?

    @Option(help: "The key file of this client.")
    var keys: String?

    func validate() throws {
        guard (connect == nil) == (keys == nil) else {
            throw ValidationError("--connect and --keys belong together.")
        }
        if let problem = connect.flatMap({ EndpointSyntax.problem(of: $0, allowsAnyPort: false) }) {
            throw ValidationError("--connect: \(problem).")
        }
        guard best == nil || across == nil else { throw ValidationError("--best and --across exclude each other.") }
        if let bootstrap, bootstrap < 100 {
            throw ValidationError(
                "--bootstrap must be at least 100, not \(bootstrap): an interval's ends are rare samples.")
        }
        let isWholeTable = best == nil && across == nil && bootstrap == nil && !choices
        guard connect == nil || (isWholeTable && rows.selection == RowSelection()) else {
            throw ValidationError(
                "A coordinator gives whole tables: row options, --best, --across, --bootstrap and --choices go with "
                    + "--state.")
        }
    }

    func run() async throws {
        if let connect, let keys {
            let client = try CoordinatorClient.connect(connect, keys: keys)
            let table = try client.table(
                of: sweep, against: against.rawValue, format: format.rawValue, times: times)
            print(table, terminator: "")
        } else {
            let ledger = try LedgerReader.open(options.state)
            var table = try SweepTable.make(sweep, in: ledger, against: against).selecting(rows.selection)
            if let bootstrap {
                let pooled = try KeptPredictions.pooled(table, of: sweep, in: ledger, resamples: bootstrap)
                table = pooled.table
                for problem in pooled.unreadable { Exit.complain("no pooled interval: \(problem)") }
            }
            if let best {
                print(table.bestRows(over: best).rendered(as: format), terminator: "")
            } else if let across {
                print(table.curves(over: across.rows).rendered(as: format), terminator: "")
            } else {
                print(table.rendered(as: format, options: TableOptions(times: times, choices: choices)), terminator: "")
            }
        }
    }
}

/// What a curve may run over: the axes that are numbers.
enum CurveAxis: String, ExpressibleByArgument, CaseIterable {
    case layer, output, shots

    var rows: RowAxis {
        switch self {
        case .layer: .layer
        case .output: .output
        case .shots: .shots
        }
    }
}

extension CostAxis: ExpressibleByArgument {}
extension TableFormat: ExpressibleByArgument {}
