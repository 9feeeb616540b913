import ArgumentParser
import Cluster

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Show the status of sweeps.")

    @Argument(help: "A sweep's name or number; all sweeps without it.")
    var sweep: String?

    @OptionGroup var connection: ConnectionOptions

    @Option(help: "text or json.")
    var format = AnswerFormat.text

    func run() async throws {
        let sweeps = try connection.client().status(of: sweep)
        switch format {
        case .json: try Output.json(sweeps)
        case .text: try Output.lines(sweeps.flatMap(\.lines))
        }
    }
}
