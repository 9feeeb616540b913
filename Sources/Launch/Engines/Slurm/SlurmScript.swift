import Identities

/// The batch script of one worker. It holds no secret: the key is a file of mode 0600 that the worker reads.
package struct SlurmScript: Sendable {
    /// Words of the shell: literal texts are quoted, expressions are not.
    package enum Word: Sendable {
        case literal(String)
        case expression(String)

        var text: String {
            switch self {
            case .literal(let text): ShellQuoting.quoted(text)
            case .expression(let text): "\"\(text)\""
            }
        }
    }

    var jobName: String
    /// Lines of comment below the first.
    var comment: [String]
    /// Where standard error goes; `%j` is the job's number.
    var log: String?
    /// Further directives, such as `--cpus-per-task=8`.
    var directives: [String] = []
    /// Seconds before the end of the job at which the worker is told to hand back what it has not begun.
    var warning: Int
    /// Lines before the worker is started.
    var preparation: [String] = []
    var command: [Word]

    /// `exec` makes the worker the batch process itself, which the signal is sent to.
    var text: String {
        var lines = ["#!/bin/bash"] + comment.map { "# \($0)" }
        lines += ["--job-name=\(jobName)"].map { "#SBATCH \($0)" }
        lines += directives.map { "#SBATCH \($0)" }
        if let log {
            // Slurm expands per cent signs in the name.
            let name = log.replacing("%", with: "%%")
            lines += ["#SBATCH --output=\(ShellQuoting.quoted(name))", "#SBATCH --open-mode=append"]
        }
        lines += ["#SBATCH --signal=B:USR1@\(warning)", "#SBATCH --requeue", "set -euo pipefail"]
        lines += preparation
        lines.append("exec " + command.map(\.text).joined(separator: " "))
        return lines.joined(separator: "\n") + "\n"
    }

    /// The script that `deploy/slurm/worker.sbatch` holds, for those who submit by hand.
    package static var byHand: String {
        SlurmScript(
            jobName: "probesweep-worker",
            comment: [
                "Workers as a Slurm array, by hand: sbatch --array=1-16 worker.sbatch tcp://HOST:7301 KEYS",
                "KEYS is a folder with a key file for each worker: probesweep keys add --directory STATE/keys --count 16 "
                    + "slurm",
                "`probesweep launch --on slurm` does this, and replaces workers whose time is up.",
            ],
            directives: ["--cpus-per-task=8", "--mem=16G", "--time=04:00:00"], warning: 120,
            preparation: [
                #"endpoint=${1:?usage: sbatch --array=1-N worker.sbatch ENDPOINT KEYS}"#,
                #"keys=${2:?usage: sbatch --array=1-N worker.sbatch ENDPOINT KEYS}"#,
                #"name=slurm-${SLURM_ARRAY_TASK_ID:-1}"#,
            ],
            command: ["probesweep", "worker", "--connect"].map { .literal($0) }
                + [.expression("$endpoint"), .literal("--keys"), .expression("$keys/$name.keys")]
                + [.literal("--name"), .expression("$name")]
        ).text
    }
}
