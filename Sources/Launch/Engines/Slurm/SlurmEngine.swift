import Foundation
import Identities

/// Workers as jobs of Slurm, one job a worker, through `sbatch`, `squeue`, `scontrol` and `scancel`.
package struct SlurmEngine: Engine {
    /// The launch's name, which jobs are named after.
    let launch: String
    let bundle: ProgramBundle
    let shared: SharedFolder
    /// The user's options for `sbatch`.
    let options: [String]
    /// Slurm's own commands give up after some seconds.
    private let commands = CommandRunner(timeout: 30)
    /// How long Slurm is asked for a job that may or may not have been accepted.
    private static let patience = Duration.seconds(30)

    package init(launch: String, bundle: ProgramBundle, shared: SharedFolder, options: [String]) {
        self.launch = launch
        self.bundle = bundle
        self.shared = shared
        self.options = options
    }

    package var pollInterval: Double { 3 }

    package func prepare(report: (String) -> Void) async throws {
        _ = try await commands.succeed("sbatch", ["--version"])
        _ = try await commands.succeed("squeue", ["--noheader", "--me"])
        try shared.install(bundle)
    }

    package func submit(_ order: WorkerOrder) async throws -> JobID {
        try shared.write(token: try order.credential.tokenText(for: order.member), of: order.member)
        let answer: String
        do {
            answer = try await commands.succeed("sbatch", arguments(order), input: script(order))
        } catch {
            // A controller under load accepts jobs for which sbatch reports that nobody answered.
            if let job = await unansweredJob(of: order.member) { return job }
            throw error
        }
        // --parsable prints JOB or JOB;CLUSTER.
        let job = answer.split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) } ?? ""
        guard !job.isEmpty, job.allSatisfy(\.isNumber) else {
            throw EngineError("sbatch", "“\(answer.prefix(80))” names no job")
        }
        return job
    }

    package func survey(_ jobs: [JobID]) async throws -> JobSurvey {
        let listed = try await commands.succeed(
            "squeue", ["--noheader", "--me", "--states=all", "--format=%i|%T|%r"])
        let lines = SlurmAnswer.lines(in: listed)
        var known: [JobID: JobState] = [:]
        for job in jobs {
            switch lines[job]?.stage {
            case .queued: known[job] = .queued
            case .running: known[job] = .running
            case .ended, nil: known[job] = await end(of: job)
            }
        }
        let reasons = Set(jobs.compactMap { lines[$0]?.waiting }).sorted()
        return JobSurvey(known, waiting: reasons.isEmpty ? nil : reasons.joined(separator: ", "))
    }

    package func cancel(_ jobs: [JobID]) async throws {
        _ = try await commands.succeed("scancel", ["--quiet"] + jobs)
    }

    package func release() async { shared.removeSecrets() }

    package func shown(_ order: WorkerOrder) -> String {
        "\(ShellQuoting.quoted(["sbatch"] + arguments(order))) <<'END'\n\(script(order))END\n"
    }

    /// How a job ended, as long as Slurm remembers it.
    private func end(of job: JobID) async -> JobState? {
        guard let output = try? await commands.run("scontrol", ["show", "job", "--oneliner", job]), output.status == 0
        else { return nil }
        return SlurmAnswer.end(in: output.standardOutput) { LogTail.lastLine(of: $0) }
    }

    private func jobName(_ member: String) -> String { "probesweep-\(member)" }

    /// The job of a member that Slurm has, nil if there is none.
    private func unansweredJob(of member: String) async -> JobID? {
        let end = ContinuousClock.now + Self.patience
        while .now < end {
            // One that is completing is the member's former job.
            let listed = try? await commands.succeed(
                "squeue",
                [
                    "--noheader", "--me", "--name", jobName(member), "--states=PENDING,CONFIGURING,RUNNING",
                    "--format=%i",
                    "--sort=-V",
                ])
            if let listed { return listed.split(whereSeparator: \.isWhitespace).first.map(String.init) }
            try? await Task.sleep(for: .seconds(2))
        }
        return nil
    }

    private func arguments(_ order: WorkerOrder) -> [String] { ["--parsable"] + options }

    private func script(_ order: WorkerOrder) -> String {
        SlurmScript(
            jobName: jobName(order.member), comment: ["A worker of the launch \(launch)."],
            log: shared.log(of: order.member),
            warning: SlurmTime.warning(for: options),
            preparation: [
                "program=\(ShellQuoting.quoted(shared.program(of: bundle)))",
                #"[ -x "$program" ] || { echo "probesweep: $program is not on $(hostname): --shared must name a folder that "#
                    + #"all nodes share" >&2; exit 127; }"#,
                #"[ "$(sha256sum <"$program")" = "\#(bundle.programDigest)  -" ] || { echo "probesweep: $program on $(hostname) is "#
                    + #"another build than the launching one" >&2; exit 127; }"#,
            ],
            command: [.expression("$program")]
                + order.arguments(keys: shared.keys(of: order.member), token: shared.token(of: order.member)).map {
                    .literal($0)
                }
        ).text
    }
}
