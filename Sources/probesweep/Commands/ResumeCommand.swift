import ArgumentParser
import Cluster

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Give the workers of suspended hosts units again.",
        discussion: """
            A host is suspended, with all its workers, when it fails units far more often than others, or finishes nothing of \
            a kind that others finish; `status` and `workers` show the reason. Once the machine is in order, resume it, or \
            start a worker there anew: it is given one lease, and clears the host by finishing it.
            """)

    @Argument(
        help: "Names of hosts, or of workers on them; every suspended host if none is given.")
    var names: [String] = []

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let resumed = try connection.client().resume(names)
        try Output.line(resumed.isEmpty ? "No host is suspended." : "Resumed: \(resumed.joined(separator: ", "))")
    }
}
