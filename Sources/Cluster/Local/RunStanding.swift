import Identities
import Ledger
import Scheduling

/// How a run stands: what decides whether it can go on.
struct RunStanding: Sendable {
    var progress: Progress
    /// Units that workers hold, of any sweep: earlier ones of the ledger may go first.
    var leased: Int
    /// Why the ledger takes nothing; nil if it does.
    var refusal: String?
    /// What is said of the hosts that are suspended.
    var suspension: String?
    /// The processes that have joined, by name.
    var joined: [String: Set<WorkerID>]
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
