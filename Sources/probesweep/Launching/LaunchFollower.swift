import Cluster
import Foundation
import Identities
import Launch
import Ledger
import Results

/// The terminal that waits for a launch: it shows what the launch says and how far its sweep is, then prints both tables.
/// The launch does not need it.
final class LaunchFollower {
    private let folder: LaunchFolder
    private let settings: LaunchSettings
    /// The launch's process, if it was started here.
    private let process: DetachedProcess?
    private let onEnd: OnEndOptions
    private let display: ProgressDisplay
    private var client: CoordinatorClient?
    private var shownBytes: UInt64 = 0
    private var shownStanding = ""
    private var shownProblem: String?
    /// Whether the sweep's last line has been shown.
    private var isFinished = false

    init(
        _ folder: LaunchFolder, _ settings: LaunchSettings, _ process: DetachedProcess?, _ onEnd: OnEndOptions
    ) {
        (self.process, self.onEnd) = (process, onEnd)
        self.folder = folder
        self.settings = settings
        display = ProgressDisplay(leaders: LeaderWatch { try await Self.leaders(folder, settings) })
    }

    /// Returns when the launch has ended with all units done.
    ///
    /// - Throws: `ExitCode` with the launch's status otherwise.
    func follow() async throws {
        let interrupted = Interruption()
        defer { display.end() }
        while !interrupted.came {
            // Asked first: a process writes its outcome before it ends.
            let isAlive = process?.isRunning == true || folder.supervisor != nil
            showLog()
            if let outcome = folder.outcome { return try end(outcome) }
            guard isAlive else { throw LaunchDied(folder: folder) }
            showProgress()
            try await Task.sleep(for: .milliseconds(300))
        }
        display.end()
        Exit.complain(
            "the launch goes on; the same command finds it again, and probesweep launch --stop \(folder.name) ends it")
        throw Exit.failure
    }

    /// What the launch has said since the last look.
    private func showLog() {
        guard let file = FileHandle(forReadingAtPath: folder.log.path) else { return }
        defer { try? file.close() }
        guard (try? file.seek(toOffset: shownBytes)) != nil, let data = try? file.readToEnd(),
            let end = data.lastIndex(of: UInt8(ascii: "\n"))
        else { return }
        shownBytes += UInt64(end + 1)
        for line in String(decoding: data[...end], as: UTF8.self).split(separator: "\n") {
            // The time stands in the file.
            Exit.complain(String(line.drop { $0 != " " }.dropFirst()))
        }
    }

    private func showProgress() {
        guard let standing = folder.standing else { return }
        let isNewProblem = standing.problem != shownProblem
        shownProblem = standing.problem
        if let sweep = standing.sweep, let status = try? status(of: sweep, at: standing.clientEndpoint) {
            if isNewProblem, let problem = standing.problem { Exit.complain(problem) }
            if !isFinished { display.show(status.progress) }
            isFinished = status.progress.isFinished
            return
        }
        // The line has the problem in it.
        guard standing.line != shownStanding else { return }
        shownStanding = standing.line
        Exit.complain(standing.line)
    }

    private static func leaders(_ folder: LaunchFolder, _ settings: LaunchSettings) async throws -> [Leader] {
        guard let standing = folder.standing, let sweep = standing.sweep else { return [] }
        return try await SweepTables.leaders(
            of: "\(sweep)", at: standing.clientEndpoint, keys: settings.clientKeys)
    }

    private func status(of sweep: Int, at endpoint: String) throws -> SweepStatus? {
        if client == nil { client = try CoordinatorClient.connect(endpoint, keys: settings.clientKeys) }
        return try client?.status(of: "\(sweep)").first
    }

    private func end(_ outcome: LaunchOutcome) throws {
        display.end()
        // Whatever becomes of the tables.
        defer { runCommand(at: outcome) }
        let said = outcome.reason.map { ": \($0)" } ?? ""
        switch outcome.ending {
        case .done: try printTables(of: outcome.sweep)
        case .quarantined:
            try printTables(of: outcome.sweep)
            RetryOptions.advise()
            throw Exit.quarantined
        case .cancelled:
            Exit.complain("the sweep was cancelled\(said); what it has finished is kept")
            throw Exit.failure
        case .stopped:
            Exit.complain("the launch was stopped; the same command resumes it")
            throw Exit.failure
        case .failed:
            Exit.complain(
                "probesweep: the launch failed\(said). Finished results are kept: fix the cause and give the same command again"
            )
            throw Exit.failure
        }
    }

    private func printTables(of sweep: Int?) throws {
        guard let sweep else { return }
        if let remote = settings.remote {
            let client = try CoordinatorClient.connect(remote.endpoint, keys: remote.keys)
            return try SweepTables.write(of: "\(sweep)", in: RemoteLedger(client))
        }
        try SweepTables.write(of: "\(sweep)", in: try LedgerReader.open(settings.state))
    }

    /// What the user wants done when the sweep has ended; a launch that was stopped has not ended its sweep.
    private func runCommand(at outcome: LaunchOutcome) {
        guard let ended = EndedSweep.Outcome(rawValue: outcome.ending.rawValue) else { return }
        onEnd.run(EndedSweep(outcome: ended, reason: outcome.reason, sweep: endedSweep(outcome.sweep)))
    }

    private func endedSweep(_ number: Int?) -> SweepStatus? {
        guard let number else { return nil }
        if let remote = settings.remote {
            let client = try? CoordinatorClient.connect(remote.endpoint, keys: remote.keys)
            return try? client?.status(of: "\(number)").first
        }
        return try? SweepStatus.all(in: LedgerReader.open(settings.state), sweep: "\(number)").first
    }
}

/// The launch's process ended without a word.
struct LaunchDied: Error, CustomStringConvertible {
    let folder: LaunchFolder

    var description: String {
        let text = (try? String(contentsOf: folder.errors, encoding: .utf8)) ?? ""
        let last = text.split(separator: "\n").last.map { "“\(String($0).printable)”" } ?? "nothing"
        return "the process of launch \(folder.name) has ended; its log, \(folder.errors.path), ends with \(last). "
            + "The same command starts it again"
    }
}
