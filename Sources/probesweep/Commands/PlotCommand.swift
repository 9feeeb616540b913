import ArgumentParser
import Cluster
import Features
package import Results

struct PlotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot",
        abstract: "Plot sweeps' results: against cost, layer, depth, width or samples, or by rank over tasks.",
        discussion: """
            With --grid, against params or gflops: panels of tasks by backbones on shared axes, efficient probing as lines \
            with M at their points, all other probes as labelled points. Against depth: curves of all backbones over \
            relative depth, a panel for each task. docs/tables-and-figures.md shows both.

            Against ranks: the critical-difference diagram of Friedman's and Nemenyi's tests, one for each group of \
            rows that differ only in what --between gives.
            """)

    @Argument(help: "The sweep's name or number, or several: a name means the latest sweep of that name.")
    var sweeps: [String]

    @Option(help: "params, gflops, layer, depth, output, shots or ranks.")
    var against = PlotAxis.params

    @Flag(help: "Against params or gflops: panels of tasks by backbones.")
    var grid = false

    @Option(help: "column (3.5 inches) or page (7 inches). (default: column; page with --grid and against depth)")
    var width: FigureLayout.Width?

    @Option(help: "With --grid and against depth: screen, or print for dark colours without a grid. (default: screen)")
    var style: FigureLayout.Style?

    @Option(
        help:
            "Against ranks, what the rows of a diagram differ in: row (anything), probe, features, layer, output or shots. (default: row)"
    )
    var between: RowAxis?

    @Option(
        help: """
            Number of bootstrap samples of the kept out-of-fold predictions for the share of the Pareto front beside its \
            points; needs a sweep with keep: predictions.
            """)
    var bootstrap: Int?

    @OptionGroup var rows: RowOptions

    @Option(help: "The file to write; its extension says in which format: .svg, .pdf or .png.")
    var output: String

    @OptionGroup var ledger: LedgerOptions

    /// What the results are plotted against.
    enum PlotAxis: String, CaseIterable, ExpressibleByArgument {
        case params, gflops, layer, depth, output, shots, ranks
    }

    func validate() throws {
        if let bootstrap { try Bootstrap.validate(bootstrap) }
        guard !sweeps.isEmpty else { throw ValidationError("Name a sweep.") }
        guard bootstrap == nil || sweeps.count == 1 else {
            throw ValidationError("--bootstrap resamples the predictions of one sweep, not of \(sweeps.count).")
        }
        guard !grid || CostAxis(rawValue: against.rawValue) != nil else {
            throw ValidationError("--grid is against params or gflops, not \(against.rawValue).")
        }
        guard style == nil || hasPanels else {
            throw ValidationError("--style is for --grid and --against depth.")
        }
        guard bootstrap == nil || !hasPanels else {
            throw ValidationError(
                "--bootstrap is for the points of a front: give it without --grid and --against depth.")
        }
        guard width == nil || against != .ranks else {
            throw ValidationError("--width is not for --against ranks, where names decide how wide a diagram is.")
        }
        guard between == nil || against == .ranks else {
            throw ValidationError("--between is for --against ranks.")
        }
        do {
            _ = try PlotFormat(path: output)
        } catch {
            throw ValidationError("--output: \(error).")
        }
    }

    func run() throws {
        let ledger = try ledger.open()
        let table = try SweepTable.make(sweeps, in: ledger, against: .parameters, fields: [])
            .selecting(rows.selection).announcingUnreadable().resampled(bootstrap, of: sweeps[0], in: ledger)
        try FigureFile.write(drawing(of: table), to: output)
    }

    private func drawing(of table: ResultTable) throws -> String {
        if against == .depth { return try DepthFigure(table, layout: layout).svg() }
        if grid, let axis = CostAxis(rawValue: against.rawValue) {
            return try CostGrid(table, against: axis, layout: layout).svg()
        }
        guard let axis = ResultPlot.Axis(rawValue: against.rawValue) else {
            let axis = between ?? .row
            let groups = table.grouped(by: axis)
            guard !groups.isEmpty else { throw NothingToCompare(axis: axis) }
            return CriticalDifferencePlot.svg(try groups.map(RankComparison.make))
        }
        return try ResultPlot.svg(table, against: axis, width: width ?? .column)
    }

    private var layout: FigureLayout { FigureLayout(width: width ?? .page, style: style ?? .screen) }

    /// Whether the figure is of panels on shared axes.
    private var hasPanels: Bool { grid || against == .depth }
}

extension FigureLayout.Width: ExpressibleByArgument {}
extension FigureLayout.Style: ExpressibleByArgument {}
