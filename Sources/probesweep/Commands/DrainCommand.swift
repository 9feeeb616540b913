import ArgumentParser
import Cluster

struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Ask workers to shut down gracefully; units that they have not begun go to others.")

    @Argument(help: "Names of workers; all workers if none is given.")
    var workers: [String] = []

    @OptionGroup var connection: ConnectionOptions

    func run() async throws { try connection.client().drain(workers) }
}
