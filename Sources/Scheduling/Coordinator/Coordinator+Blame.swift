import Identities

// Failure history of units, and how poison units are found.
//
// A pass trains many units at once, so a death says only that one of them may be a poison unit. The suspects are
// bisected: leased again in smaller groups, apart from others; groups that end are cleared, and the one that kills
// again is divided again, until a unit dies alone. Only then is it charged. Systems that charge all units of a dead
// worker quarantine the innocent.

extension Coordinator {
    /// Handles units that were in training when their worker died. The dead worker no longer holds them.
    mutating func suspect(_ suspects: [UnitIndex], _ attempt: Attempt, of worker: WorkerRecord, reason: String) {
        for unit in suspects { units[unit].isSuspect = true }
        if let unit = suspects.first, suspects.count == 1 {
            charge(unit, attempt, of: worker, reason: reason)
        } else {
            requeueInGroups(suspects.filter { units[$0].holder < 0 })
        }
    }

    private mutating func requeueInGroups(_ suspects: [UnitIndex]) {
        guard !suspects.isEmpty else { return }
        let size = (suspects.count + settings.suspectGroups - 1) / settings.suspectGroups
        let starts = Array(stride(from: 0, to: suspects.count, by: size))
        for start in starts.reversed() { requeue(Array(suspects[start..<min(start + size, suspects.count)])) }
    }

    private mutating func charge(_ unit: UnitIndex, _ attempt: Attempt, of worker: WorkerRecord, reason: String) {
        let record = FailureRecord(
            unit: units.key(unit), attempt: attempt, worker: worker.name, workerID: worker.id, cause: .death,
            reason: "Worker \(worker.name) died while it trained this unit alone: \(reason).")
        let receipt = Receipt(unit: record.unit, attempt: attempt)
        charges.insert(receipt, for: worker.id)
        workers.names[worker.name, default: NameRecord()].lastCharges = [receipt]
        note(.unitCharged(record.unit, worker: worker.name))
        hold(record, against: unit)
        guard units[unit].holder < 0 else { return }
        if isConvicted(unit) { condemn(unit) } else { requeue([unit]) }
    }

    /// Records a failure in memory and in the ledger.
    mutating func hold(_ record: FailureRecord, against unit: UnitIndex) {
        blame[unit, default: Blame()].failures.append(record)
        commits.draft.rows.append(.failure(record))
    }

    /// Restores a failure that an earlier coordinator recorded.
    mutating func remember(_ record: FailureRecord, against unit: UnitIndex) {
        blame[unit, default: Blame()].failures.append(record)
        guard record.cause == .death, let worker = record.workerID else { return }
        charges.insert(Receipt(unit: record.unit, attempt: record.attempt), for: worker)
    }

    /// Whether the unit has failed often enough to be quarantined.
    func isConvicted(_ unit: UnitIndex) -> Bool {
        isConvicted(unit, of: .error, limit: settings.failureLimit)
            || isConvicted(unit, of: .death, limit: settings.deathLimit)
    }

    /// The unit must fail on as many different workers as the limit, or on all that there are. A unit that only some of
    /// them ever get is quarantined after twice as many failures.
    private func isConvicted(_ unit: UnitIndex, of cause: FailureRecord.Cause, limit: Int) -> Bool {
        let failures = blame[unit]?.failures.filter { $0.cause == cause } ?? []
        guard failures.count >= limit else { return false }
        let names = Set(failures.map(\.worker))
        return names.count >= limit || failures.count >= 2 * limit || haveAllTried(names)
    }

    /// Whether there are no other workers than these. With no workers at all nothing is known: all may only be cut off.
    private func haveAllTried(_ names: Set<String>) -> Bool {
        !workers.namesCountedOn.isEmpty && workers.namesCountedOn.isSubset(of: names)
    }

    /// Quarantines waiting units that failed wherever they could be trained, now that some worker is back.
    mutating func condemnConvicted() {
        for unit in blame.keys.sorted() where units[unit].state == .pending && isConvicted(unit) { condemn(unit) }
    }

    /// Clears the unit's failures.
    mutating func clearBlame(of unit: UnitIndex) {
        guard let cleared = blame.removeValue(forKey: unit) else { return }
        for failure in cleared.failures { forgetCharge(failure) }
    }

    private mutating func forgetCharge(_ failure: FailureRecord) {
        guard failure.cause == .death, let worker = failure.workerID else { return }
        charges.remove(Receipt(unit: failure.unit, attempt: failure.attempt), for: worker)
    }

    /// Quarantines the unit, with the reason of its last failure.
    mutating func condemn(_ unit: UnitIndex) {
        let reason = blame[unit]?.failures.last?.reason ?? ""
        move(unit, to: .condemned)
        commits.draft.rows.append(.quarantine(units.key(unit), reason: reason))
        commits.draft.condemned.append(unit)
        note(.unitQuarantined(units.key(unit), reason: reason))
    }

    /// Retracts charges: the worker that was thought dead is alive.
    mutating func forgive(_ receipts: [Receipt]) {
        for receipt in receipts {
            guard let unit = units.index(of: receipt.unit) else { continue }
            forgive(unit) { $0.cause == .death && $0.attempt == receipt.attempt }
        }
    }

    /// Retracts failures of the unit where `isUnjust`, and its quarantine if that no longer stands.
    mutating func forgive(_ unit: UnitIndex, _ isUnjust: (FailureRecord) -> Bool) {
        let unjust = blame[unit]?.failures.filter(isUnjust) ?? []
        guard !unjust.isEmpty else { return }
        blame[unit]?.failures.removeAll(where: isUnjust)
        for failure in unjust { forgetCharge(failure) }
        if blame[unit]?.failures.isEmpty == true { blame[unit] = nil }
        commits.draft.rows += unjust.map { .forgiven($0.unit, $0.attempt) }
        switch units[unit].state {
        case .condemned, .quarantined: if !isConvicted(unit) { release(unit) }
        case .pending, .leased, .committing, .done, .dropped: break
        }
    }

    /// Adds a dead worker's last standard error, as told by its successor, to the failures that its death was charged
    /// to.
    mutating func hear(_ lastWords: String, of name: String) {
        for receipt in workers.names[name]?.lastCharges ?? [] {
            guard let unit = units.index(of: receipt.unit),
                let place = blame[unit]?.failures.firstIndex(where: { $0.attempt == receipt.attempt }),
                var record = blame[unit]?.failures[place]
            else { continue }
            record.reason += " Its last words: \(lastWords)"
            blame[unit]?.failures[place] = record
            commits.draft.rows.append(.failure(record))
            if units[unit].state == .condemned || units[unit].state == .quarantined {
                commits.draft.rows.append(.quarantine(record.unit, reason: record.reason))
            }
        }
        workers.names[name]?.lastCharges = []
    }

    /// Whether the unit should avoid this worker, because it failed there before and there are others to try.
    func shuns(_ unit: UnitIndex, _ name: String) -> Bool {
        guard let names = blame[unit]?.names, names.contains(name) else { return false }
        return !workers.namesCountedOn.isSubset(of: names)
    }
}
