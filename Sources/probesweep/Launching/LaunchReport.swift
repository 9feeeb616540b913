import Foundation
import Identities
import Launch

/// `launch --status`.
enum LaunchReport {
    /// A line or two for each launch of a state folder.
    static func show(_ state: String) throws {
        let folders = LaunchFolder.all(in: state)
        if folders.isEmpty { return try Output.line("no launch in \(state)") }
        try Output.lines(folders.flatMap { lines(of: $0) })
    }

    private static func lines(of folder: LaunchFolder) -> [String] {
        guard let settings = try? folder.settings() else { return ["\(folder.name)   settings.json cannot be read"] }
        let title = "\(folder.name) on \(settings.engineName)"
        if let outcome = folder.outcome {
            let jobs = folder.hasJobs ? ["  jobs that have not ended: \(folder.jobNames.joined(separator: ", "))"] : []
            return ["\(title)   ended: \(outcome.ending.rawValue)" + (outcome.reason.map { " (\($0))" } ?? "")] + jobs
        }
        guard let process = folder.supervisor else {
            return [
                "\(title)   its process is gone; the command that began it starts it again, --stop \(folder.name) ends it"
            ]
        }
        guard let standing = folder.standing else { return ["\(title)   starting (process \(process))"] }
        let sweep = standing.sweep.map { "sweep \($0), " } ?? ""
        return ["\(title)   \(sweep)coordinator \(standing.clientEndpoint), process \(process)", "  \(standing.line)"]
            + (standing.lastFailure.map { ["  last failure: \($0)"] } ?? [])
    }
}
