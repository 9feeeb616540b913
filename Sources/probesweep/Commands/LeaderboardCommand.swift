import ArgumentParser
import Foundation
import Results

struct LeaderboardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leaderboard",
        abstract: "Rank the backbones of one or several sweeps, and say which ranks can be told apart.",
        discussion: """
            Every backbone on every task, under k-NN, linear and efficient probing side by side, each at the layer and \
            setting that its inner splits chose. Ranks have simultaneous 95 % intervals. docs/statistics.md explains every \
            number.
            """)

    @Argument(help: "Sweeps by name or number; a name means the latest sweep of that name.")
    var sweeps: [String]

    @Option(name: .customLong("features"), help: "Only this backbone, by its name in tables; may be repeated.")
    var features: [String] = []

    @Option(name: .customLong("task"), help: "Only this task; may be repeated.")
    var tasks: [String] = []

    @Option(
        name: .customLong("probe"),
        help: "Rank under this probe, by label or type; may be repeated. (default: knn, linear and efficient)")
    var probes: [String] = []

    @Option(help: "Show every backbone's gain over this one.")
    var baseline: String?

    @Option(help: "Over tasks: differences of normalised metrics up to this size are practically equivalent.")
    var equivalence = 0.01

    @Flag(
        help: "Over tasks: Nemenyi's mean ranks and critical difference too, which depend on who else is on the board.")
    var nemenyi = false

    @Option(help: "An earlier board in JSON: say what changed since then.")
    var since: String?

    @Option(help: "text, markdown, csv, json or latex.")
    var format = TableFormat.text

    @Option(help: "Draw the board into this file too, whose name ends in .svg, .pdf or .png.")
    var figure: String?

    @OptionGroup var ledger: LedgerOptions

    func validate() throws {
        guard equivalence >= 0 else { throw ValidationError("--equivalence must be at least 0, not \(equivalence).") }
        guard let figure else { return }
        do {
            _ = try PlotFormat(path: figure)
        } catch {
            throw ValidationError("--figure: \(error).")
        }
    }

    func run() throws {
        let earlier = try since.map(Self.board)
        let ledger = try ledger.open()
        let table = try SweepTable.make(
            sweeps, in: ledger, against: .parameters, fields: [.innerScores, .details]
        ).selecting(RowSelection(features: features, tasks: tasks)).announcingUnreadable()
        var board = try Board.make(
            table,
            BoardSettings(probes: probes, baseline: baseline, equivalence: equivalence, wantsNemenyi: nemenyi))
        board.changes = earlier.map { board.changes(since: $0) }
        try Output.text(board.rendered(as: format))
        if let figure { try FigureFile.write(BoardFigure(board).svg(), to: figure) }
        if format == .latex { for warning in board.latexWarnings { Exit.complain(warning) } }
    }

    private static func board(_ file: String) throws -> Board {
        let data = try Data(contentsOf: URL(filePath: file))
        do {
            return try Board(json: data)
        } catch {
            throw UnreadableBoard(file: file, problem: error)
        }
    }
}

/// The file of `--since` is no board.
struct UnreadableBoard: Error, CustomStringConvertible {
    let file: String
    let problem: BoardError

    var description: String { "\(file) \(problem)" }
}
