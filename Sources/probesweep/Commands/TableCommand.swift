import ArgumentParser
import Foundation
import Ledger
package import Results

struct TableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table", abstract: "Print a table of sweeps' results and costs.",
        discussion: """
            Reads the ledger in --state, or a coordinator's with --connect and --keys: both give the same bytes.

            With --rows and --columns, a table to paste: any of features, tasks, probes, layers, output and training on \
            either side, several joined by commas. Best in bold, those that no test tells from it underlined. \
            docs/tables-and-figures.md has examples.
            """)

    @Argument(help: "The sweep's name or number, or several: a name means the latest sweep of that name.")
    var sweeps: [String]

    @Option(help: "params or gflops: the cost that rows are ordered by and the Pareto front is taken over.")
    var against = CostAxis.parameters

    @Option(help: "text, markdown, csv, json or latex; with --rows and --columns html too.")
    var format = PivotFormat.text

    @Option(help: "What the rows of a table to paste run over, for example features or features,probes.")
    var rows: AxisList?

    @Option(help: "What its columns run over, for example tasks.")
    var columns: AxisList?

    @Option(
        help:
            "What its cells show: mean, mean±ci, mean±std, mean(params), with thousands, or mean(gflops). (default: mean±ci)"
    )
    var cells: CellContent?

    @Option(
        help: """
            Metrics of each task that results hold, in this order and joined by commas, for example \
            top1,macro-f1,log-loss. Choices stay by the task's own.
            """)
    var metrics: String?

    @Option(help: "Its caption. (default: what the cells are)")
    var caption: String?

    @Option(help: "Its label in LaTeX. (default: tab:probes)")
    var label: String?

    @Flag(help: "LaTeX as a document that compiles alone.")
    var document = false

    @Option(help: "The columns of the usual table, joined by commas, for example layer,probe,metric,params.")
    var show: String?

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

    @OptionGroup var selection: RowOptions
    @OptionGroup var layers: LayerOptions
    @OptionGroup var ledger: LedgerOptions

    func validate() throws {
        guard !sweeps.isEmpty else { throw ValidationError("Name a sweep.") }
        guard best == nil || across == nil else { throw ValidationError("Give --best or --across, not both.") }
        guard layers.layers == nil || bootstrap == nil else {
            throw ValidationError("--bootstrap resamples the predictions of one layer; give it without --layers best.")
        }
        guard layers.layers == nil || across != .layer else {
            throw ValidationError("--layers best leaves one layer of each probe; give --across layer without it.")
        }
        guard (rows == nil) == (columns == nil) else { throw ValidationError("Give --rows and --columns together.") }
        if let option = rows == nil ? optionOfPivots : optionOfUsualTables {
            throw ValidationError(
                rows == nil
                    ? "\(option) is for tables with --rows and --columns."
                    : "--rows and --columns make a table of their own: give them without \(option).")
        }
        try validatePaste()
        try validateLists()
        guard rows != nil || format.ofUsualTables != nil else {
            throw ValidationError("--format \(format.rawValue) is for tables with --rows and --columns.")
        }
        guard show == nil || ![.csv, .json].contains(format) else {
            throw ValidationError("--show is for formats that people read; \(format.rawValue) has every column.")
        }
        guard bootstrap == nil || sweeps.count == 1 else {
            throw ValidationError("--bootstrap resamples the predictions of one sweep, not of \(sweeps.count).")
        }
        if let bootstrap { try Bootstrap.validate(bootstrap) }
    }

    func run() async throws {
        let ledger = try ledger.open()
        if let rows, let columns { return try writePivot(rows.axes, columns.axes, of: ledger) }
        guard let format = format.ofUsualTables else { return }
        let options = TableOptions(times: times, choices: choices, columns: show.map(Self.names) ?? [])
        var fields = best != nil ? .innerScores : across != nil ? [] : format.fields(options)
        if metrics != nil { fields.formUnion(.details) }
        let selected = try SweepTable.make(sweeps, in: ledger, against: against, fields: fields.union(layers.fields))
            .selecting(selection.selection).announcingUnreadable()
            .resampled(bootstrap, of: sweeps[0], in: ledger)
        let table = try showingMetrics(of: layers.choosing(in: selected)).markedByMetricsShown
        try table.check(options)
        if let best {
            try Output.text(table.bestRows(over: best).rendered(as: format))
        } else if let across {
            try Output.text(table.curves(over: across.rows).rendered(as: format))
        } else {
            try Output.parts { try table.write(as: format, options: options, to: $0) }
            if format == .latex { for warning in table.latexWarnings(options) { Exit.complain(warning) } }
        }
    }
}

extension TableCommand {
    /// The first option given that only tables with `--rows` and `--columns` heed.
    private var optionOfPivots: String? {
        let given = [
            ("--cells", cells != nil), ("--caption", caption != nil), ("--label", label != nil),
            ("--document", document),
        ]
        return given.first(where: \.1)?.0
    }

    /// The first option given that only tables of one row a line heed.
    private var optionOfUsualTables: String? {
        let given = [
            ("--best", best != nil), ("--across", across != nil), ("--show", show != nil),
            ("--layers", layers.layers != nil), ("--bootstrap", bootstrap != nil), ("--times", times),
            ("--choices", choices),
        ]
        return given.first(where: \.1)?.0
    }

    /// What a format has no place for is refused rather than left out.
    private func validatePaste() throws {
        if format != .latex, let option = [("--document", document), ("--label", label != nil)].first(where: \.1)?.0 {
            throw ValidationError("\(option) is for --format latex, not \(format.rawValue).")
        }
        if [.csv, .json].contains(format),
            let option = [("--caption", caption != nil), ("--cells", cells != nil)].first(where: \.1)?.0
        {
            throw ValidationError("\(option) is for formats that people read; \(format.rawValue) has every figure.")
        }
    }

    private func validateLists() throws {
        if let metrics, Self.names(metrics).isEmpty {
            throw ValidationError(
                "--metrics names no metric. Name some that results hold, for example --metrics top1,macro-f1.")
        }
        if let show, Self.names(show).isEmpty {
            throw ValidationError("--show names no column. Name some, for example --show layer,probe,metric,params.")
        }
        guard metrics != nil else { return }
        if let option = [("--best", best != nil), ("--bootstrap", bootstrap != nil)].first(where: \.1)?.0 {
            throw ValidationError("\(option) is by each task's own metric: give it without --metrics.")
        }
    }

    /// The names in a list joined by commas.
    private static func names(_ list: String) -> [String] {
        list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// The table by the metrics that were asked for; tasks that lack one are named.
    private func showingMetrics(of table: ResultTable) throws -> ResultTable {
        guard let metrics else { return table }
        let shown = try table.showing(metrics: Self.names(metrics))
        for line in shown.lackingMetrics { Exit.complain(line) }
        return shown
    }

    private func writePivot(_ rows: [TableAxis], _ columns: [TableAxis], of ledger: any SweepReader) throws {
        let fields: ResultFields = metrics == nil ? .innerScores : [.innerScores, .details]
        let table = try showingMetrics(
            of: SweepTable.make(sweeps, in: ledger, against: against, fields: fields).selecting(selection.selection)
                .announcingUnreadable())
        var options = PivotOptions(caption: caption, isDocument: document)
        options.content = cells ?? options.content
        options.label = label ?? options.label
        let pivot = try PivotTable.make(table, rows: rows, columns: columns)
        try Output.text(pivot.rendered(as: format, options))
        if format == .latex, let warning = pivot.latexWarning(options) { Exit.complain(warning) }
    }
}

/// Axes joined by commas.
struct AxisList: ExpressibleByArgument {
    let axes: [TableAxis]

    init?(argument: String) {
        let words = argument.split(separator: ",").map(String.init)
        axes = words.compactMap(TableAxis.init)
        guard !axes.isEmpty, axes.count == words.count else { return nil }
    }

    static var allValueStrings: [String] { TableAxis.allCases.map(\.rawValue) }
}

extension PivotFormat {
    /// The same format of tables of one row a line; nil if they have none.
    fileprivate var ofUsualTables: TableFormat? { TableFormat(rawValue: rawValue) }
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
extension PivotFormat: ExpressibleByArgument {}
extension CellContent: ExpressibleByArgument {}
