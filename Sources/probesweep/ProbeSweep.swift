import ArgumentParser
import Cluster

struct ProbeSweep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probesweep",
        abstract: "Compare frozen backbones by probing, on one machine or on many.",
        discussion: """
            Exit status: 0 all units done, 1 failure, 2 usage or invalid spec, 3 finished with quarantined units.

            \(EnvironmentDefault.help)
            """,
        version: ProgramVersion.current,
        subcommands: [
            RunCommand.self, LaunchCommand.self, PlanCommand.self, CoordinatorCommand.self, WorkerCommand.self,
            SubmitCommand.self,
            StatusCommand.self, SweepsCommand.self, WorkersCommand.self, CancelCommand.self, DiscardCommand.self,
            DrainCommand.self,
            ResumeCommand.self, TableCommand.self, LeaderboardCommand.self, PlotCommand.self, CompareCommand.self,
            ReportCommand.self,
            RescoreCommand.self, ExportCommand.self, AttendCommand.self,
            PredictCommand.self, ProbesCommand.self, FeaturesCommand.self, KeysCommand.self, StoryCommand.self,
            ReplayCommand.self, DoctorCommand.self, LaunchSupervisorCommand.self,
        ])
}

@main
enum Main {
    static func main() async {
        TrapReport.install()
        do {
            let arguments = Array(CommandLine.arguments.dropFirst())
            if let unknown = UnknownCommand(in: arguments, of: ProbeSweep.self) { throw unknown }
            var command = try ProbeSweep.parseAsRoot()
            if var concurrent = command as? any AsyncParsableCommand {
                try await concurrent.run()
            } else {
                try command.run()
            }
            try Output.close()
        } catch {
            Exit.end(with: error)
        }
    }
}
