import DequeModule
import Identities
import OrderedCollections

// Results that the ledger will never take.
//
// A full disk is no row's fault and pauses everybody; a row that violates a constraint of the ledger means that its
// reporter is wrong. Such a result counts as a failure of its reporter: the unit is trained again, by others first, and
// nobody else notices.

extension Coordinator {
    mutating func onCommitRefused(_ id: CommitID, _ refusals: [UnitKey: String]) {
        guard var batch = commits.remove(id) else { return }
        let refused = batch.finished.filter { refusals[units.key($0)] != nil }
        batch.finished.removeAll { refusals[units.key($0)] != nil }
        let origins = Self.origins(of: batch.rows, for: refusals)
        for unit in refused {
            remember(batch.receipts, of: unit)
            guard let origin = origins[units.key(unit)], let reason = refusals[units.key(unit)] else { continue }
            let receipt = Receipt(unit: units.key(unit), attempt: origin.attempt)
            let reporter = batch.receipts.first { $0.value.contains(receipt) }.flatMap { workers.slot(of: $0.key) }
            let witness = reporter.map { workers[$0].witness }
            takeBack(
                unit, heldBefore: batch.failureHistories[unit], from: reporter,
                FailureRecord(
                    unit: receipt.unit, attempt: receipt.attempt, worker: origin.worker,
                    machine: witness?.machine, key: witness?.key, cause: .error,
                    reason: "the ledger refused the result: \(reason)"))
        }
        conclude(batch)
        judgeHosts()
    }

    /// The reporter did hold the lease: if it sends the report again, that is not a lie.
    private mutating func remember(_ receipts: OrderedDictionary<WorkerID, OrderedSet<Receipt>>, of unit: UnitIndex) {
        let key = units.key(unit)
        for (id, receipts) in receipts {
            guard let worker = workers.slot(of: id) else { continue }
            for receipt in receipts where receipt.unit == key {
                formerHolders.add(workers[worker].holder, receipt.attempt, of: unit)
            }
        }
    }

    /// Who reported each refused result, and under which attempt.
    private static func origins(
        of rows: [LedgerRow], for refusals: [UnitKey: String]
    ) -> [UnitKey: (attempt: Attempt, worker: String)] {
        var origins: [UnitKey: (attempt: Attempt, worker: String)] = [:]
        for case .result(let unit, let attempt, let worker, _) in rows where refusals[unit] != nil {
            origins[unit] = (attempt, worker)
        }
        return origins
    }

    /// Counts a result as a failure of its reporter, nil if that is gone.
    private mutating func retractResult(of unit: UnitIndex, from worker: WorkerSlot?, _ record: FailureRecord) {
        workers.names[record.worker, default: NameRecord()].finished -= 1
        totals.finished -= 1
        guard let worker else { return }
        hosts.retractFinished(on: workers[worker].witness.host)
        countFailed(unit, by: workers[worker], reason: record.reason)
    }

    /// Turns a result that was being written into a failure.
    private mutating func takeBack(
        _ unit: UnitIndex, heldBefore: FailureHistory?, from reporter: WorkerSlot?, _ record: FailureRecord
    ) {
        retractResult(of: unit, from: reporter, record)
        note(.unitFailed(record.unit, worker: record.worker, reason: record.reason))
        for failure in heldBefore?.failures ?? [] { remember(failure, against: unit) }
        hold(record, against: unit)
        move(unit, to: .pending)
        if units[unit].wanted == 0 {
            move(unit, to: .dropped)
        } else if hasReachedFailureLimit(unit) {
            quarantine(unit)
        } else {
            queueUp(unit)
        }
    }
}
