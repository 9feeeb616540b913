import Foundation

/// Workers as jobs of Slurm, one job a worker, through `sbatch`, `squeue`, `scontrol` and `scancel`.
package struct SlurmEngine: Engine {
    /// The launch's name, which jobs are named after.
    let launch: String
    /// The program on the machines: the launching one's, on a file system that they share.
    let program: String
    /// The program's SHA-256, which each job checks.
    let programDigest: String
    /// The user's options for `sbatch`.
    let options: [String]
    private let commands = CommandRunner()

    package init(launch: String, program: String, programDigest: String, options: [String]) {
        self.launch = launch
        self.program = program
        self.programDigest = programDigest
        self.options = options
    }

    package var pollInterval: Double { 3 }

    package func prepare(report: (String) -> Void) async throws {
        _ = try await commands.succeed("sbatch", ["--version"])
        _ = try await commands.succeed("squeue", ["--noheader", "--me"])
    }

    package func submit(_ order: WorkerOrder) async throws -> JobID {
        let answer = try await commands.succeed("sbatch", arguments(order), input: script(order))
        // --parsable prints JOB or JOB;CLUSTER.
        let job = answer.split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) } ?? ""
        guard !job.isEmpty, job.allSatisfy(\.isNumber) else {
            throw EngineError("sbatch", "“\(answer.prefix(80))” names no job")
        }
        return job
    }

    package func states(of jobs: [JobID]) async throws -> [JobID: JobState] {
        let listed = try await commands.succeed(
            "squeue", ["--noheader", "--me", "--states=all", "--format=%i|%T|%r"])
        let states = SlurmAnswer.states(in: listed)
        var known: [JobID: JobState] = [:]
        for job in jobs {
            switch states[job] {
            case .queued: known[job] = .queued
            case .running: known[job] = .running
            case .ended, nil: known[job] = await end(of: job)
            }
        }
        return known
    }

    package func cancel(_ jobs: [JobID]) async throws {
        _ = try await commands.succeed("scancel", ["--quiet"] + jobs)
    }

    package func shown(_ order: WorkerOrder) -> String {
        "\(ShellQuoting.quoted(["sbatch"] + arguments(order))) <<'END'\n\(script(order))END\n"
    }

    /// How a job ended, as long as Slurm remembers it.
    private func end(of job: JobID) async -> JobState? {
        guard let output = try? await commands.run("scontrol", ["show", "job", "--oneliner", job]), output.status == 0
        else { return nil }
        return SlurmAnswer.end(in: output.standardOutput) { LogTail.lastLine(of: $0) }
    }

    private func arguments(_ order: WorkerOrder) -> [String] { ["--parsable"] + options }

    private func script(_ order: WorkerOrder) -> String {
        SlurmScript(
            jobName: "probesweep-\(launch)", comment: ["A worker of the launch \(launch)."], log: order.log,
            warning: SlurmTime.warning(for: options),
            preparation: [
                "program=\(ShellQuoting.quoted(program))",
                #"[ -x "$program" ] || { echo "probesweep: $program is not on $(hostname): the program must lie on a file "#
                    + #"system that all nodes share" >&2; exit 127; }"#,
                #"[ "$(sha256sum <"$program")" = "\#(programDigest)  -" ] || { echo "probesweep: $program on $(hostname) is "#
                    + #"another build than the launching one" >&2; exit 127; }"#,
            ],
            command: [.expression("$program")] + order.arguments(keys: order.keys).map { .literal($0) }
        ).text
    }
}
