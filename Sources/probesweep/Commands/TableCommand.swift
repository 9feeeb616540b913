import ArgumentParser
package import Results

struct TableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table", abstract: "Print a table of a sweep's results and costs.",
        discussion:
            "Reads the ledger in --state, or a coordinator's with --connect and --keys: both give the same bytes.")

    @Argument(help: "The sweep's name or number; a name means the latest sweep of that name.")
    var sweep: String

    @Option(help: "params or gflops: the cost that rows are ordered by and the Pareto front is taken over.")
    var against = CostAxis.parameters

    @Option(help: "text, markdown, csv, json or latex.")
    var format = TableFormat.text

    @Flag(help: "Show measured seconds of training, which differ from run to run.")
    var times = false

    @Flag(help: "Show what was chosen in each fold: learning rate, epoch, k and so on.")
    var choices = false

    @Option(
        help: """
            Number of bootstrap samples of the kept out-of-fold predictions for a 95 % interval of each row and its share \
            of the Pareto front; needs a sweep with keep: predictions.
            """)
    var bootstrap: Int?

    @Option(
        help: """
            Show the best of the rows that differ only in row (anything), probe, features, layer, output or shots: its \
            score as found, and corrected for the selection.
            """)
    var best: RowAxis?

    @Option(help: "Show means over features, layer, output or shots: a line for each probe, a column for each value.")
    var across: CurveAxis?

    @OptionGroup var rows: RowOptions
    @OptionGroup var layers: LayerOptions
    @OptionGroup var ledger: LedgerOptions

    func validate() throws {
        guard best == nil || across == nil else { throw ValidationError("Give --best or --across, not both.") }
        guard layers.layers == nil || bootstrap == nil else {
            throw ValidationError("--bootstrap resamples the predictions of one layer; give it without --layers best.")
        }
        if let bootstrap { try Bootstrap.validate(bootstrap) }
    }

    func run() async throws {
        let ledger = try ledger.open()
        let options = TableOptions(times: times, choices: choices)
        let fields = best != nil ? .innerScores : across != nil ? [] : format.fields(options)
        let selected = try SweepTable.make(
            sweep, in: ledger, against: against, fields: fields.union(layers.fields)
        ).selecting(rows.selection).resampled(bootstrap, of: sweep, in: ledger)
        let table = layers.choosing(in: selected)
        if let best {
            try Output.text(table.bestRows(over: best).rendered(as: format))
        } else if let across {
            try Output.text(table.curves(over: across.rows).rendered(as: format))
        } else {
            try Output.parts { try table.write(as: format, options: options, to: $0) }
        }
    }
}

/// The axes on which a row has one value.
enum CurveAxis: String, ExpressibleByArgument, CaseIterable {
    case features, layer, output, shots

    var rows: RowAxis {
        switch self {
        case .features: .features
        case .layer: .layer
        case .output: .output
        case .shots: .shots
        }
    }
}

extension CostAxis: ExpressibleByArgument {}
extension TableFormat: ExpressibleByArgument {}
