import ArgumentParser
import Foundation
import Launch
import Logging

/// `launch --stop`.
enum LaunchEnd {
    /// Ends a launch, and waits until its workers are gone.
    ///
    /// - Throws: ``JobsLeft`` if some of them could not be let go.
    static func stop(_ name: String, in state: String) async throws {
        let folder = LaunchFolder(state: state, name: name)
        guard (try? folder.settings()) != nil else {
            let known = LaunchFolder.all(in: state).map(\.name).joined(separator: ", ")
            throw ValidationError(
                "--stop: \(state) has no launch “\(name)”; \(known.isEmpty ? "there is none" : "there are: \(known)").")
        }
        if let process = folder.supervisor {
            kill(process, SIGTERM)
        } else if folder.outcome != nil, !folder.hasJobs {
            return Exit.complain("launch \(folder.name) has ended already")
        } else {
            // Its process is gone, and what it started may not be: a process that ends at once lets go of it.
            let supervisor = try LaunchSupervisor(
                folder, program: ProgramVersion.program, version: ProgramVersion.current,
                logger: Logger(label: "launch"))
            try await supervisor.run { true }
        }
        while folder.supervisor != nil { try await Task.sleep(for: .milliseconds(200)) }
        guard !folder.hasJobs else { throw JobsLeft(folder: folder) }
        Exit.complain("launch \(folder.name) has ended; what it has finished is kept")
    }
}

/// The process of a launch has ended, and jobs that it started have not.
struct JobsLeft: Error, CustomStringConvertible {
    let folder: LaunchFolder

    var description: String {
        """
        launch \(folder.name) has left jobs that could not be ended: \(folder.jobNames.joined(separator: ", ")). The reason is at \
        the end of \(folder.log.path). Give the same command again once the engine answers. If these machines are gone for good, remove \
        \(folder.url.path)/jobs.json
        """
    }
}
