import OrderedCollections

// What became of units.

extension Coordinator {
    /// What to do with a report.
    private enum Verdict {
        /// Its receipt is due when its row is written.
        case taken
        /// The unit is done: its receipt is due at once.
        case duplicate
        /// No such unit or attempt: its receipt is due at once, so that it is not sent for ever.
        case stranger
    }

    mutating func onReports(_ peer: PeerID, _ reports: [UnitReport]) {
        // A result counts whoever brings it, so an unknown peer is heard before it has said hello.
        let worker = registered(peer).map { workers[$0].name } ?? "peer \(peer)"
        var unneeded: [Receipt] = []
        var duplicates = 0
        var overtaken: [LeaseSlot: [UnitIndex]] = [:]
        for report in reports {
            switch take(report, from: peer, worker, &overtaken) {
            case .taken: continue
            case .duplicate: duplicates += 1
            case .stranger: break
            }
            unneeded.append(report.receipt)
        }
        for lease in overtaken.keys.sorted() { withdraw(overtaken[lease] ?? [], from: lease) }
        if !unneeded.isEmpty { order(.acknowledge(peer, unneeded)) }
        if duplicates > 0 {
            duplicatesDropped += duplicates
            note(.duplicatesDropped(worker, units: duplicates))
        }
        let strangers = unneeded.count - duplicates
        if strangers > 0 { note(.strangersDropped(worker, units: strangers)) }
        if let missing = expected[worker] { expected[worker] = missing > reports.count ? missing - reports.count : nil }
        judge(worker)
    }

    private mutating func take(
        _ report: UnitReport, from peer: PeerID, _ worker: String, _ overtaken: inout [LeaseSlot: [UnitIndex]]
    ) -> Verdict {
        guard isIssued(report.attempt), let unit = units.index(of: report.unit) else { return .stranger }
        switch report.outcome {
        case .finished(let payload):
            return takeResult(payload, of: unit, report, from: peer, worker, &overtaken)
        case .failed(let reason):
            return takeFailure(reason, of: unit, report.receipt, from: peer, worker)
        }
    }

    private mutating func takeResult(
        _ payload: [UInt8], of unit: UnitIndex, _ report: UnitReport, from peer: PeerID, _ worker: String,
        _ overtaken: inout [LeaseSlot: [UnitIndex]]
    ) -> Verdict {
        let receipt = report.receipt
        switch units[unit].state {
        case .done: return .duplicate
        case .committing:
            duplicatesDropped += 1
            commits.await(receipt, for: peer, unit: unit)
            return .taken
        case .pending, .leased, .condemned, .quarantined, .dropped: break
        }
        learn(from: report, of: unit, on: workers.slot(of: peer))
        for lease in units.holders(of: unit) {
            if leases[lease].attempt == receipt.attempt {
                endByReport(unit, of: lease) { $0.finishedCost.add(Double($1.cost), of: $1.kind) }
            } else {
                overtaken[lease, default: []].append(unit)
            }
        }
        commits.draft.blame[unit] = blame.removeValue(forKey: unit)
        units[unit].isSuspect = false
        move(unit, to: .committing)
        count(worker, finished: 1)
        commits.draft.rows.append(.result(receipt.unit, receipt.attempt, worker: worker, payload: payload))
        commits.draft.finished.append(unit)
        commits.draft.receipts[peer, default: []].append(receipt)
        return .taken
    }

    private mutating func takeFailure(
        _ reason: String, of unit: UnitIndex, _ receipt: Receipt, from peer: PeerID, _ worker: String
    ) -> Verdict {
        // Counted once: a report that is sent again, or comes from a lease given up, finds the lease without the unit.
        guard let lease = leases.slot(of: receipt.attempt), units.isHeld(unit, by: lease) else { return .duplicate }
        endByReport(unit, of: lease) { lease, _ in lease.failed += 1 }
        count(worker, failed: 1)
        units[unit].isSuspect = false
        note(.unitFailed(receipt.unit, worker: worker, reason: reason))
        hold(
            FailureRecord(
                unit: receipt.unit, attempt: receipt.attempt, worker: worker, cause: .error, reason: reason),
            against: unit)
        commits.draft.receipts[peer, default: []].append(receipt)
        guard units[unit].holder < 0 else { return .taken }
        if isConvicted(unit) {
            condemn(unit)
        } else {
            move(unit, to: .pending)
            // To the end of the queue: by then others may be free to try it.
            passes[units[unit].pass].queue.append(unit)
        }
        return .taken
    }

    private mutating func endByReport(
        _ unit: UnitIndex, of lease: LeaseSlot, _ change: (inout LeaseRecord, UnitRecord) -> Void
    ) {
        change(&leases[lease], units[unit])
        let record = leases[lease]
        letGo(unit, by: lease)
        if record.unfinished == 1 { learn(from: record) }
    }

    mutating func count(_ worker: String, finished: Int = 0, failed: Int = 0) {
        guard var record = workers.names[worker] else { return }
        record.finished += finished
        record.failed += failed
        workers.names[worker] = record
        totals.finished += finished
        totals.failed += failed
    }
}
