import Identities

// Failure histories of units, and how poison units are found.
//
// A pass trains many units at once, so a death says only that one of them may be a poison unit. The suspects are
// bisected: leased again in smaller groups, apart from others; groups that finish are cleared, and the one that kills
// again is divided again, until one unit kills a worker alone. Only then is it charged. Charging every unit of a dead
// worker would quarantine healthy ones.

extension Coordinator {
    /// Bisects units that were in training when their worker died. The dead worker no longer holds them.
    mutating func bisect(_ suspects: [UnitIndex], _ attempt: Attempt, of worker: WorkerRecord, reason: String) {
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
            unit: units.key(unit), attempt: attempt, worker: worker.name, workerID: worker.id,
            machine: worker.machine, key: worker.holder.key, cause: .death,
            reason: "Worker \(worker.name) died while it trained this unit alone: \(reason).")
        hosts.countFailed(
            workKind(of: unit), on: worker.witness.host, reason: record.reason, isDeath: true,
            enough: settings.suspensionMinimumFailures)
        // A machine that is not trusted says nothing about units.
        guard !worker.isSuspended else { return requeue([unit].filter { units[$0].holder < 0 }) }
        let receipt = Receipt(unit: record.unit, attempt: attempt)
        charges.insert(receipt, for: worker.id)
        workers.names[worker.name, default: NameRecord()].lastCharges = [receipt]
        note(.unitCharged(record.unit, worker: worker.name))
        hold(record, against: unit)
        guard units[unit].holder < 0 else { return }
        if hasReachedFailureLimit(unit) { quarantine(unit) } else { requeue([unit]) }
    }

    /// Records a failure in memory and in the ledger.
    mutating func hold(_ record: FailureRecord, against unit: UnitIndex) {
        failureHistories[unit, default: FailureHistory()].failures.append(record)
        commits.draft.rows.append(.failure(record))
    }

    /// Restores a failure that an earlier coordinator recorded.
    mutating func remember(_ record: FailureRecord, against unit: UnitIndex) {
        failureHistories[unit, default: FailureHistory()].failures.append(record)
        guard record.cause == .death, let worker = record.workerID else { return }
        charges.insert(Receipt(unit: record.unit, attempt: record.attempt), for: worker)
    }

    /// Whether the unit has failed often enough to be quarantined.
    func hasReachedFailureLimit(_ unit: UnitIndex) -> Bool {
        hasReachedFailureLimit(unit, of: .error, limit: settings.failureLimit)
            || hasReachedFailureLimit(unit, of: .death, limit: settings.deathLimit)
    }

    /// As many independent witnesses as the limit must agree, or all that are present where those are fewer. One alone
    /// must see the unit fail as often as the limit.
    private func hasReachedFailureLimit(_ unit: UnitIndex, of cause: FailureRecord.Cause, limit: Int) -> Bool {
        let failures = failureHistories[unit]?.failures.filter { $0.cause == cause } ?? []
        guard !failures.isEmpty else { return false }
        let present = workers.witnesses(reading: units[unit].inputs)
        let witnesses = Set(failures.map(\.witness))
        let keysDiffer = Set(present.map(\.key)).union(witnesses.map(\.key)).count > 1
        if witnesses.independent(keysDiffer: keysDiffer) >= limit { return true }
        let available = present.independent(keysDiffer: keysDiffer)
        let agreeing = witnesses.intersection(present).independent(keysDiffer: keysDiffer)
        if available > 1, agreeing >= available { return true }
        return failures.count >= limit && haveAllTried(Set(witnesses.map(\.machine)), present.map(\.machine))
    }

    /// Whether every available machine is among those tried. Without workers the answer is no: all may only be cut off.
    private func haveAllTried(_ tried: Set<String>, _ available: [String]) -> Bool {
        !available.isEmpty && tried.isSuperset(of: available)
    }

    /// Quarantines pending units that have reached the failure limit, now that a worker is back.
    mutating func quarantineFailedUnits() {
        for unit in failureHistories.keys.sorted()
        where units[unit].state == .pending && hasReachedFailureLimit(unit) {
            quarantine(unit)
        }
    }

    /// Clears the unit's failures.
    mutating func clearFailures(of unit: UnitIndex) {
        guard let cleared = failureHistories.removeValue(forKey: unit) else { return }
        for failure in cleared.failures { forgetCharge(failure) }
    }

    private mutating func forgetCharge(_ failure: FailureRecord) {
        guard failure.cause == .death, let worker = failure.workerID else { return }
        charges.remove(Receipt(unit: failure.unit, attempt: failure.attempt), for: worker)
    }

    /// Quarantines the unit, with the reason of its last failure.
    mutating func quarantine(_ unit: UnitIndex) {
        let reason = failureHistories[unit]?.failures.last?.reason ?? ""
        move(unit, to: .quarantining)
        commits.draft.rows.append(.quarantine(units.key(unit), reason: reason))
        commits.draft.quarantining.append(unit)
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
        let unjust = failureHistories[unit]?.failures.filter(isUnjust) ?? []
        guard !unjust.isEmpty else { return }
        failureHistories[unit]?.failures.removeAll(where: isUnjust)
        for failure in unjust { forgetCharge(failure) }
        if failureHistories[unit]?.failures.isEmpty == true { failureHistories[unit] = nil }
        commits.draft.rows += unjust.map { .forgiven($0.unit, $0.attempt) }
        switch units[unit].state {
        case .quarantining, .quarantined: if !hasReachedFailureLimit(unit) { release(unit) }
        case .pending, .leased, .committing, .done, .dropped: break
        }
    }

    /// Adds a dead worker's last standard error, which its successor reports, to the failures that its death was
    /// charged to.
    mutating func annotateCharges(of name: String, previousStderr: String) {
        for receipt in workers.names[name]?.lastCharges ?? [] {
            guard let unit = units.index(of: receipt.unit),
                let index = failureHistories[unit]?.failures.firstIndex(where: { $0.attempt == receipt.attempt }),
                var record = failureHistories[unit]?.failures[index]
            else { continue }
            record.reason += " Its last standard error: \(previousStderr)"
            failureHistories[unit]?.failures[index] = record
            commits.draft.rows.append(.failure(record))
            if units[unit].state == .quarantining || units[unit].state == .quarantined {
                commits.draft.rows.append(.quarantine(record.unit, reason: record.reason))
            }
        }
        workers.names[name]?.lastCharges = []
    }

    /// Whether the unit should avoid this worker, because it failed on its machine before and there are others to try.
    func avoids(_ unit: UnitIndex, _ worker: WorkerRecord) -> Bool {
        guard let tried = failureHistories[unit]?.machines, tried.contains(worker.machine) else { return false }
        return !workers.witnesses(reading: units[unit].inputs).allSatisfy { tried.contains($0.machine) }
    }

    func workKind(of unit: UnitIndex) -> WorkKind { WorkKind(kind: units[unit].kind, inputs: units[unit].inputs) }
}
