import ArgumentParser
import Foundation
import Launch
import Logging

/// `launch --stop`.
enum LaunchEnd {
    /// Ends a launch, and waits until its workers are gone.
    static func stop(_ name: String, in state: String) async throws {
        let folder = LaunchFolder(state: state, name: name)
        guard let settings = try? folder.settings() else {
            let known = LaunchFolder.all(in: state).map(\.name).joined(separator: ", ")
            throw ValidationError(
                "--stop: \(state) has no launch “\(name)”; \(known.isEmpty ? "there is none" : "there are: \(known)").")
        }
        if let process = folder.supervisor {
            kill(process, SIGTERM)
        } else if folder.outcome != nil {
            return Exit.complain("launch \(name) has ended already")
        } else {
            // Its process is gone, and what it started may not be: a process that ends at once lets go of it.
            let supervisor = try LaunchSupervisor(
                folder, program: ProgramVersion.program, version: ProgramVersion.current,
                logger: Logger(label: "launch"))
            try await supervisor.run { true }
        }
        while folder.supervisor != nil { try await Task.sleep(for: .milliseconds(200)) }
        Exit.complain("launch \(settings.name) has ended; what it has finished is kept")
    }
}
