import ArgumentParser
import Cluster

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Replay a coordinator's journal, and compare the resulting states.",
        discussion: """
            Starts at the oldest complete segment. Exit status: 0 if all states that can be compared are equal, 1 and \
            the first difference otherwise. The coordinator may be running; the last events may then be missing.
            """)

    @Argument(help: "The state folder of the coordinator.")
    var state: String

    @Flag(help: "Also replay segments of other program versions, which may decide differently.")
    var force = false

    @Option(help: "text or json.")
    var format = AnswerFormat.text

    func run() throws {
        let outcome = try JournalReplay.run(state: state, program: ProgramVersion.current, force: force)
        switch format {
        case .text: try Output.lines(outcome.lines)
        case .json: try Output.json(outcome)
        }
        if !outcome.isSame { throw Exit.failure }
    }
}
