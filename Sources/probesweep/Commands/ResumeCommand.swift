import ArgumentParser
import Cluster

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Give suspended workers units again.",
        discussion: """
            A worker is suspended when it fails units far more often than its peers; `workers` shows the reason. Once the \
            machine is in order, resume it: its earlier failures no longer count.
            """)

    @Argument(
        help: "Names of workers, or of hosts for all suspended workers there; every suspended worker if none is given.")
    var names: [String] = []

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let resumed = try connection.client().resume(names)
        try Output.line(resumed.isEmpty ? "No worker is suspended." : "Resumed: \(resumed.joined(separator: ", "))")
    }
}
