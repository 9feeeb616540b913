import Identities
package import Ledger
import Results

/// What sweeps found, as one HTML file that needs no network and no server.
///
/// Its static part has the summary, the board, the best rows and the figures; all rows lie compressed in it, for the script
/// that sorts, filters and draws them. A function of the ledger, and of the labels on this machine where predictions were
/// kept: the same results give the same bytes.
package struct Report: Sendable {
    /// What a browser may run and load of it: its own script and style, and nothing from elsewhere.
    package static let contentSecurityPolicy = PageFiles.policy
    /// The style sheet and the script that lie in every report, for a page that shows reports.
    package static let (style, script) = (PageFiles.style, PageFiles.script)

    let title: String
    let sweeps: [ReportedSweep]
    let table: ResultTable
    let findings: [TaskFinding]
    /// Nil for fewer than two backbones, and where there is nothing to rank.
    let board: Board?
    /// Nil where no sweep kept predictions.
    var classes: ClassFindings?

    /// - Parameters:
    ///   - sweeps: Names or numbers.
    ///   - title: Nil for one made of the sweeps' names.
    ///   - labels: Further folders to search for feature sets, for their labels.
    ///   - withSpecifications: False leaves out the specifications, which have folders, for readers who may not know
    ///     them.
    /// - Throws: `LedgerError.unknownSweep` with the known names, and other errors of reading.
    package static func make(
        _ sweeps: [String], in ledger: any SweepReader, title: String? = nil, labels: [String] = [],
        withSpecifications: Bool = true
    ) throws -> Report {
        let reported = try sweeps.map { try ReportedSweep($0, in: ledger, withSpecification: withSpecifications) }
        let table = try SweepTable.make(sweeps, in: ledger, against: .parameters, fields: .all)
        var report = Report(of: table, reported, title: title)
        report.classes = try ClassFindings.make(report.findings, of: table, reported, in: ledger, labels: labels)
        return report
    }

    /// A report without kept predictions.
    init(of table: ResultTable, _ sweeps: [ReportedSweep], title: String? = nil) {
        self.title = title ?? sweeps.map(\.name).joined(separator: ", ")
        self.sweeps = sweeps
        self.table = table
        findings = table.blocks.map { TaskFinding.make($0) }
        let backbones = Set(table.blocks.flatMap(\.rows).map(\.features))
        board = backbones.count > 1 ? try? Board.make(table, BoardSettings()) : nil
    }

    /// Why tasks have no tables of classes though predictions were kept, a line each, with the folders that were searched:
    /// for whoever makes the report, since the file has nothing of this machine.
    package var problems: [String] { classes?.problems ?? [] }

    /// The whole file, ending in a newline.
    package func html() throws -> String {
        let sections: [(id: String, title: String, parts: [Markup])] = [
            ("summary", "Summary", summary), ("backbones", "Backbones", backbones), ("best", "Best rows", bestRows),
            ("cost", "Accuracy against cost", cost), ("layers", "Layers", layers), ("labels", "Few labels", fewLabels),
            ("rows", "All rows", try allRows), ("choices", "Choices", choices),
            ("controls", "Controls", controls), ("classes", "Class by class", classByClass),
            ("marks", "Marks", marks), ("reproduce", "How to reproduce", reproduction),
        ]
        let present = sections.filter { !$0.parts.isEmpty }
        let links = present.map { "<li><a href=\"#\($0.id)\">\($0.title)</a></li>" as Markup }
        let page: Markup = """
            <!DOCTYPE html>
            <html lang="en" dir="ltr">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="\(Markup.verbatim(PageFiles.policy))">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="generator" content="ProbeSweep">
            <title>\(title.printable) – ProbeSweep</title>
            <style>\(Markup.verbatim(PageFiles.style))</style>
            </head>
            <body>
            <a class="skip" href="#content">Skip to the summary</a>
            <header>
            <p class="brand">ProbeSweep report</p>
            <h1>\(title.printable)</h1>
            <p>\(extent)</p>
            <nav aria-label="Contents"><ul>
            \(links.joined())
            </ul></nav>
            </header>
            <main id="content">
            \(present.map { Markup.section($0.id, $0.title, $0.parts) }.joined())
            </main>
            <script>\(Markup.verbatim(PageFiles.script))</script>
            </body>
            </html>

            """
        return page.text
    }

    /// How much there is.
    private var extent: String {
        let units = sweeps.map { "\($0.name) (\($0.units) units)" }.joined(separator: ", ")
        let rows = table.blocks.reduce(0) { $0 + $1.rows.count }
        return "\(sweeps.count == 1 ? "Sweep" : "Sweeps") \(units): \(rows) rows of \(table.blocks.count) "
            + (table.blocks.count == 1 ? "task." : "tasks.")
    }
}
