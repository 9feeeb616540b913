import Dispatch
import Ledger

/// Adds to what is shown of sweeps what only the ledger knows, beside the coordinator's thread.
struct StatusService: Sendable {
    static let mostReasons = 8

    private let ledger: LedgerReader
    private let queue = DispatchQueue(label: "probesweep.status")

    init(_ ledger: LedgerReader) { self.ledger = ledger }

    /// Why units are in quarantine; nothing where the ledger cannot be asked.
    ///
    /// - Parameter answer: called from another thread where anything is to be read.
    func addReasons(to sweeps: [SweepStatus], answer: @escaping @Sendable ([SweepStatus]) -> Void) {
        guard sweeps.contains(where: { $0.progress.quarantined > 0 }) else { return answer(sweeps) }
        queue.async { answer(sweeps.map(withReasons)) }
    }

    private func withReasons(_ sweep: SweepStatus) -> SweepStatus {
        guard sweep.progress.quarantined > 0 else { return sweep }
        var sweep = sweep
        let reasons = (try? ledger.quarantineReasons(of: sweep.number, limit: Self.mostReasons)) ?? []
        sweep.reasons = reasons.map { QuarantineReason(reason: $0.reason, units: $0.units) }
        return sweep
    }
}
