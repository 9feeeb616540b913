import ArgumentParser
import Cluster
import Foundation
import Launch
import Logging

/// The process that `launch` leaves behind; not for people.
struct LaunchSupervisorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "launch-supervisor", abstract: "Run a launch.", shouldDisplay: false)

    @Argument(help: "The launch's folder.")
    var folder: String

    func run() async throws {
        StateOptions.keepPrivate()
        LoggingSystem.bootstrap { StreamLogHandler(label: $0, stream: LogStream()) }
        let interrupted = Interruption()
        let supervisor = try LaunchSupervisor(
            LaunchFolder(url: URL(filePath: folder)), program: ProgramVersion.program,
            version: ProgramVersion.current, logger: Logger(label: "launch"))
        try await supervisor.run { interrupted.came }
    }
}
