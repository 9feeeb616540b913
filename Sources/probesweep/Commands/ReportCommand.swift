import ArgumentParser
import Features
import Report

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write what sweeps found as one HTML file to keep and to send.",
        discussion: """
            The file needs no network and no server: a summary in words, the board of backbones, the best rows, figures, \
            and all rows inside, to be sorted and filtered in a browser. The same results give the same bytes. \
            docs/report.md explains what is in it.
            """)

    @Argument(help: "The sweep's name or number, or several: a name means the latest sweep of that name.")
    var sweeps: [String]

    @Option(help: "The file to write, for example report.html.")
    var output: String

    @Option(help: "Its title. (default: the sweeps' names)")
    var title: String?

    @Option(
        help: """
            A folder to search for the feature sets, whose labels tables of classes need where predictions were kept; may \
            be repeated.
            """)
    var labels: [String] = []

    @OptionGroup var ledger: LedgerOptions

    func validate() throws {
        guard !sweeps.isEmpty else { throw ValidationError("Name a sweep.") }
    }

    func run() throws {
        let report = try Report.make(sweeps, in: try ledger.open(), title: title, labels: labels)
        for problem in report.problems { Exit.complain(problem) }
        try OutputFile.write(Array(try report.html().utf8), to: output)
    }
}
