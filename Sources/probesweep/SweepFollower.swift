import Cluster
import Sweeps

/// Shows a submitted sweep's progress until it ends.
struct SweepFollower {
    private let client: CoordinatorClient

    init(_ client: CoordinatorClient) { self.client = client }

    /// - Parameter display: Ended by the time that anything else is said.
    func follow(_ sweep: SubmittedSweep, _ display: ProgressDisplay) async throws -> EndedSweep {
        while true {
            // A restarting coordinator does not respond for a while; the sweep is in its ledger.
            if let status = try? client.status(of: "\(sweep.number)").first {
                display.show(status.progress)
                if status.progress.isFinished {
                    display.end()
                    return EndedSweep(outcome: status.progress.quarantined > 0 ? .quarantined : .done, sweep: status)
                }
                if status.isCancelled {
                    display.end()
                    Exit.complain("sweep \(status.number) (\(status.name)): \(status.line)")
                    return EndedSweep(outcome: .cancelled, reason: status.cancellation, sweep: status)
                }
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }
}
