import Identities
import OrderedCollections

// Reports of units' outcomes.

extension Coordinator {
    /// What to do with a report.
    private enum Verdict {
        /// Its receipt is due when its row is committed.
        case taken
        /// As taken; it is of a sweep that is not served here.
        case takenForAnother
        /// The unit is done, or its failure was counted: the receipt is due at once.
        case duplicate
        /// No such unit here; it may have been done before this coordinator started. Its receipt is due at once.
        case unknown
        /// Not this worker's unit: its receipt is due at once, so that it is not sent forever.
        case stranger
    }

    mutating func onReports(_ address: Address, _ reports: [UnitReport]) {
        // Its hello says who it is, and so what it may report; it sends reports again after that.
        guard let worker = registered(address) else { return }
        let name = workers[worker].name
        var unneeded: OrderedSet<Receipt> = []
        var (others, duplicates, unknown, strangers) = (0, 0, 0, 0)
        var overtaken: [LeaseSlot: [UnitIndex]] = [:]
        for report in reports {
            switch take(report, from: worker, &overtaken) {
            case .taken: continue
            case .takenForAnother:
                others += 1
                continue
            case .duplicate: duplicates += 1
            case .unknown: unknown += 1
            case .stranger: strangers += 1
            }
            unneeded.append(report.receipt)
        }
        for lease in overtaken.keys.sorted() { withdraw(overtaken[lease] ?? [], from: lease) }
        if !unneeded.isEmpty { order(.acknowledge(address, Array(unneeded))) }
        if others > 0 { note(.resultsOfOtherSweeps(name, units: others)) }
        if duplicates > 0 {
            duplicatesDropped += duplicates
            note(.duplicatesDropped(name, units: duplicates))
        }
        if unknown + strangers > 0 { note(.strangersDropped(name, units: unknown + strangers)) }
        if strangers > 0 {
            order(.refuse(address, reason: "\(strangers) of its reports are of units that it was not leased"))
        }
        if let missing = expected[name] { expected[name] = missing > reports.count ? missing - reports.count : nil }
        judgeHosts()
    }

    private mutating func take(
        _ report: UnitReport, from worker: WorkerSlot, _ overtaken: inout [LeaseSlot: [UnitIndex]]
    ) -> Verdict {
        guard let unit = units.index(of: report.unit) else { return takeUnlisted(report, from: worker) }
        // Idempotent, whoever repeats it: the row is there and stays.
        if units[unit].state == .done { return .duplicate }
        guard wasLeased(unit, under: report.attempt, to: worker) else { return .stranger }
        switch report.outcome {
        case .finished(let payload): return takeResult(payload, of: unit, report, from: worker, &overtaken)
        case .failed(let reason): return takeFailure(reason, of: unit, report.receipt, from: worker)
        }
    }

    /// A result of a sweep that this coordinator does not serve: what was finished is not to be trained again when that
    /// sweep's own coordinator comes. A failure is worth nothing to it.
    private mutating func takeUnlisted(_ report: UnitReport, from worker: WorkerSlot) -> Verdict {
        let reporter = workers[worker]
        let wasHeld =
            recorded.holder(of: report.unit, report.attempt).map { reporter.holder.mayReport(for: $0) }
            ?? unrecorded.admits(report.attempt, of: reporter.holder)
        guard wasHeld, case .finished(let payload) = report.outcome else { return .unknown }
        commits.draft.rows.append(.result(report.unit, report.attempt, worker: reporter.name, payload: payload))
        commits.draft.receipts[reporter.id, default: []].append(report.receipt)
        return .takenForAnother
    }

    /// Whether the worker, or a process that it replaced, holds or held the unit under the attempt.
    private mutating func wasLeased(_ unit: UnitIndex, under attempt: Attempt, to worker: WorkerSlot) -> Bool {
        let reporter = workers[worker].holder
        if let lease = leases.slot(of: attempt), units.isHeld(unit, by: lease) {
            return leases[lease].worker == worker || reporter.mayReport(for: workers[leases[lease].worker].holder)
        }
        if let former = formerHolders.holder(of: unit, attempt) { return reporter.mayReport(for: former) }
        return units[unit].state == .committing || unrecorded.admits(attempt, of: reporter)
    }

    private mutating func takeResult(
        _ payload: [UInt8], of unit: UnitIndex, _ report: UnitReport, from worker: WorkerSlot,
        _ overtaken: inout [LeaseSlot: [UnitIndex]]
    ) -> Verdict {
        let receipt = report.receipt
        let reporter = workers[worker]
        if units[unit].state == .committing {
            duplicatesDropped += 1
            commits.await(receipt, for: reporter.id, unit: unit)
            return .taken
        }
        learn(from: report, of: unit, on: worker)
        for lease in units.holders(of: unit) {
            if leases[lease].attempt == receipt.attempt {
                endByReport(unit, of: lease, isFinished: true) { $0.finishedCost.add(Double($1.cost), of: $1.kind) }
            } else {
                overtaken[lease, default: []].append(unit)
            }
        }
        commits.draft.failureHistories[unit] = failureHistories[unit]
        clearFailures(of: unit)
        units[unit].isSuspect = false
        move(unit, to: .committing)
        countFinished(unit, by: reporter)
        commits.draft.rows.append(.result(receipt.unit, receipt.attempt, worker: reporter.name, payload: payload))
        commits.draft.finished.append(unit)
        commits.draft.receipts[reporter.id, default: []].append(receipt)
        return .taken
    }

    private mutating func takeFailure(
        _ reason: String, of unit: UnitIndex, _ receipt: Receipt, from worker: WorkerSlot
    ) -> Verdict {
        // Counted once: a duplicate report, or one from a revoked lease, finds the lease without the unit. Of
        // contradictory reports the first one counts.
        guard units[unit].state == .leased, let lease = leases.slot(of: receipt.attempt),
            units.isHeld(unit, by: lease)
        else { return .duplicate }
        let reporter = workers[worker]
        endByReport(unit, of: lease, isFinished: false) { lease, _ in lease.failed += 1 }
        countFailed(unit, by: reporter, reason: reason)
        units[unit].isSuspect = false
        note(.unitFailed(receipt.unit, worker: reporter.name, reason: reason))
        // A machine that is not trusted says nothing about units.
        if !reporter.isSuspended {
            hold(
                FailureRecord(
                    unit: receipt.unit, attempt: receipt.attempt, worker: reporter.name, workerID: reporter.id,
                    machine: reporter.machine, key: reporter.holder.key, cause: .error, reason: reason),
                against: unit)
        }
        commits.draft.receipts[reporter.id, default: []].append(receipt)
        guard units[unit].holder < 0 else { return .taken }
        if hasReachedFailureLimit(unit) {
            quarantine(unit)
        } else {
            move(unit, to: .pending)
            // To the end of the queue: by then others may be free to try it.
            queueUp(unit)
        }
        return .taken
    }

    private mutating func endByReport(
        _ unit: UnitIndex, of lease: LeaseSlot, isFinished: Bool, _ change: (inout LeaseRecord, UnitRecord) -> Void
    ) {
        change(&leases[lease], units[unit])
        let record = leases[lease]
        letGo(unit, by: lease, isFinished: isFinished)
        if record.unfinished == 1 {
            learn(from: record)
            conclude(probing: record)
        }
    }

    private mutating func countFinished(_ unit: UnitIndex, by worker: WorkerRecord) {
        workers.names[worker.name, default: NameRecord()].finished += 1
        hosts.countFinished(workKind(of: unit), on: worker.witness.host)
        totals.finished += 1
    }

    mutating func countFailed(_ unit: UnitIndex, by worker: WorkerRecord, reason: String) {
        workers.names[worker.name, default: NameRecord()].failed += 1
        hosts.countFailed(
            workKind(of: unit), on: worker.witness.host, reason: reason, isDeath: false,
            enough: settings.suspensionMinimumFailures)
        totals.failed += 1
    }
}
