import ArgumentParser
import Cluster

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Replay a coordinator's journal, and compare the states that it leads to.",
        discussion: """
            Starts at the oldest segment that is whole. Exit status: 0 if every state that can be compared is the \
            same, 1 if not, with the first that differs. The coordinator may run meanwhile; the last events may then \
            be missing.
            """)

    @Argument(help: "The state folder of the coordinator.")
    var state: String

    @Flag(help: "Also replay what other versions of the program wrote, which may decide differently.")
    var force = false

    @Option(help: "text or json.")
    var format = AnswerFormat.text

    func run() throws {
        let outcome = try JournalReplay.run(state: state, program: ProgramVersion.current, force: force)
        switch format {
        case .text: for line in outcome.lines { print(line) }
        case .json: try printJSON(outcome)
        }
        if !outcome.isSame { throw Exit.failure }
    }
}
