import ArgumentParser
import Cluster

struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Ask workers to end in order; units they have not begun go to others.")

    @Argument(help: "Names of workers; none means all.")
    var workers: [String] = []

    @OptionGroup var connection: ConnectionOptions

    func run() async throws { try connection.client().drain(workers) }
}
