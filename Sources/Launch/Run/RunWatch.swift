import Cluster
import Scheduling

/// Decides when a run on one machine cannot go on by itself. On a cluster somebody may bring what is missing; here nobody
/// else is there, and the user waits.
struct RunWatch {
    /// Seconds that the ledger may take nothing, or that no worker may hold anything, before the run is given up: more than
    /// settling and the pauses between attempts take.
    static let patience = 10.0

    private var refusedSince: Instant?
    private var idleSince: Instant?

    /// - Returns: why the run is to end; nil while it may go on.
    mutating func problem(in standing: RunStanding, at now: Instant) -> RunStalled? {
        let isIdle = standing.leased == 0 && standing.progress.workers > 0 && !standing.progress.isFinished
        refusedSince = standing.refusal == nil ? nil : refusedSince ?? now
        idleSince = isIdle ? idleSince ?? now : nil
        if let refusal = standing.refusal, let refusedSince, now.seconds(since: refusedSince) >= Self.patience {
            return RunStalled(reason: "results cannot be written: \(refusal)")
        }
        guard let idleSince, now.seconds(since: idleSince) >= Self.patience else { return nil }
        return RunStalled(
            reason: standing.progress.waiting ?? standing.suspension ?? "the workers were given nothing to train")
    }
}

/// A run cannot go on.
package struct RunStalled: Error, Equatable, CustomStringConvertible {
    package let reason: String

    package var description: String {
        "the run cannot go on: \(reason). Finished results are kept: fix the cause and run the same command again"
    }
}
