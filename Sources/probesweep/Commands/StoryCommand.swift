import ArgumentParser
import Cluster

struct StoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "story",
        abstract: "Show the history of a unit: its leases, its failures and their reasons, its commit.",
        discussion: """
            Read from the coordinator's journal, and from the ledger for earlier events. The coordinator may be \
            running; the last events may then be missing.
            """)

    @Argument(help: "The sweep, by name or number.")
    var sweep: String

    @Option(help: "The unit's key, or at least its first 8 digits.")
    var unit: String

    @OptionGroup var options: StateOptions

    @Option(help: "text or json.")
    var format = AnswerFormat.text

    func run() throws {
        let story = try StoryReport.tell(unit, of: sweep, state: options.state, program: ProgramVersion.current)
        switch format {
        case .text: try Output.lines(lines(of: story))
        case .json: try Output.json(story)
        }
    }

    private func lines(of story: StoryReport) -> [String] {
        var lines = ["unit \(story.unit)"]
        if let begins = story.journalBegins, let ends = story.journalEnds {
            lines.append("the journal covers \(JournalTime.text(begins)) to \(JournalTime.text(ends))")
        }
        if story.gaps > 0 { lines.append("\(story.gaps) parts of it are missing, because they could not be written") }
        return lines + story.lines.map(\.text) + ["the ledger has:"] + story.ledger.map { "  " + $0 }
    }
}

extension StoryError: UsageError {}
