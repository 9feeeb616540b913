package import Identities
import Ledger
import Scheduling

/// How a run stands: what decides whether it can go on.
package struct RunStanding: Sendable {
    package var progress: Progress
    /// Units that workers hold, of any sweep that the coordinator serves.
    package var leased: Int
    /// Why the ledger takes nothing; nil if it does.
    package var refusal: String?
    /// What is said of the hosts that are suspended.
    package var suspension: String?
    /// The processes that have joined, by name.
    package var joined: [String: Set<WorkerID>]

    package init(
        progress: Progress, leased: Int, refusal: String?, suspension: String?, joined: [String: Set<WorkerID>]
    ) {
        self.progress = progress
        self.leased = leased
        self.refusal = refusal
        self.suspension = suspension
        self.joined = joined
    }
}

extension CoordinatorLoop {
    /// Nil if there is no sweep of that name or number.
    func standing(of sweep: String) -> RunStanding? {
        guard let progress = progress(of: sweep) else { return nil }
        let status = machine.status(at: now)
        let leased = status.sweeps.reduce(0) { $0 + $1.counts.leased }
        return RunStanding(
            progress: progress, leased: leased, refusal: machine.commitRefusal,
            suspension: status.suspendedHosts.first?.reason,
            joined: Dictionary(grouping: status.workers, by: \.name).mapValues { Set($0.map(\.id)) })
    }
}
