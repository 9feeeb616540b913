import ArgumentParser
import Cluster
import Features
import Results

struct PlotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot",
        abstract: "Plot a sweep's results as SVG: against cost, layer, width or samples, or by rank over tasks.",
        discussion: """
            Against ranks: the critical-difference diagram of Friedman's and Nemenyi's tests, one for each group of \
            rows that differ only in what --between gives.
            """)

    @Argument(help: "The sweep's name or number; a name means the latest sweep of that name.")
    var sweep: String

    @Option(help: "params, gflops, layer, output, shots or ranks.")
    var against = PlotAxis.params

    @Option(
        help:
            "Against ranks, what the rows of a diagram differ in: row (anything), probe, features, layer, output or shots."
    )
    var between = RowAxis.row

    @Option(
        help: """
            Number of bootstrap samples of the kept out-of-fold predictions for the share of the Pareto front beside its \
            points; needs a sweep with keep: predictions.
            """)
    var bootstrap: Int?

    @OptionGroup var rows: RowOptions

    @Option(help: "The file to write; its extension says in which format: .svg.")
    var output: String

    @OptionGroup var ledger: LedgerOptions

    /// What the results are plotted against.
    enum PlotAxis: String, CaseIterable, ExpressibleByArgument {
        case params, gflops, layer, output, shots, ranks
    }

    func validate() throws {
        if let bootstrap { try Bootstrap.validate(bootstrap) }
        do {
            _ = try PlotFormat(path: output)
        } catch {
            throw ValidationError("--output: \(error).")
        }
    }

    func run() throws {
        let ledger = try ledger.open()
        let table = try SweepTable.make(sweep, in: ledger, against: .parameters, fields: [])
            .selecting(rows.selection).resampled(bootstrap, of: sweep, in: ledger)
        try OutputFile.write(Array(drawing(of: table).utf8), to: output)
    }

    private func drawing(of table: ResultTable) throws -> String {
        guard let axis = ResultPlot.Axis(rawValue: against.rawValue) else {
            let groups = table.grouped(by: between)
            guard !groups.isEmpty else { throw NothingToCompare(axis: between) }
            return CriticalDifferencePlot.svg(try groups.map(RankComparison.make))
        }
        return ResultPlot.svg(table, against: axis)
    }
}
