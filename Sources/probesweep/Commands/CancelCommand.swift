import ArgumentParser
import Cluster

struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel a sweep. Its finished results are kept and serve other sweeps.")

    @Argument(help: "The sweep's name or number.")
    var sweep: String

    @OptionGroup var connection: ConnectionOptions

    func run() async throws { try connection.client().cancel(sweep) }
}
