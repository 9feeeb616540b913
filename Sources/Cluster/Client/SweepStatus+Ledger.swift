package import Ledger

extension SweepStatus {
    /// How the sweeps of a ledger stand, as far as a ledger without its coordinator tells: nothing is leased, and no speed
    /// is known.
    ///
    /// - Parameter sweep: its name or number; all sweeps without it.
    package static func all(in ledger: LedgerReader, sweep: String?) throws -> [SweepStatus] {
        let workers = try ledger.presentWorkers().count
        let records = try sweep.map { [try ledger.sweep($0)] } ?? ledger.sweeps()
        return try records.map { record in
            let reasons =
                record.quarantined > 0
                ? try ledger.quarantineReasons(of: record.id, limit: StatusService.mostReasons) : []
            return SweepStatus(
                number: record.id, name: record.name,
                progress: Progress(
                    total: record.units, done: record.done, quarantined: record.quarantined, workers: workers,
                    rate: nil, secondsToGo: nil, paused: nil, isCancelled: record.state == .cancelled),
                leased: 0, isCancelled: record.state == .cancelled,
                reasons: reasons.map { QuarantineReason(reason: $0.reason, units: $0.units) }, owner: record.owner,
                priority: record.priority, cancellation: record.cancellation)
        }
    }
}
