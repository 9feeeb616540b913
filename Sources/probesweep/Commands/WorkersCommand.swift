import ArgumentParser
import Cluster

struct WorkersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers", abstract: "List the workers.",
        discussion: "In a terminal columns that do not fit are left out; a pipe gets all of them.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var watching: WatchOptions

    func run() async throws {
        let client = try connection.client()
        try await watching.show({ try client.workers() }, lines: StatusText.lines)
    }
}
