import DequeModule
import Identities

// What clients want trained.

extension Coordinator {
    mutating func onSubmission(_ submission: SweepSubmission) {
        let sweep = sweeps.insert(submission.sweep)
        // A sweep that is submitted again after its cancellation is wanted again, and counted afresh.
        if sweeps[sweep].isCancelled { sweeps[sweep] = SweepRecord(id: submission.sweep) }
        setShare(of: sweep, client: submission.client, priority: submission.priority)
        sweeps[sweep].announcedCounts = nil
        sweeps[sweep].isComplete = submission.isComplete
        sweeps[sweep].counts.done += submission.alreadyDone
        units.reserve(submission.passes.reduce(0) { $0 + $1.units.count })
        let history = Dictionary(grouping: submission.history, by: \.unit)
        let known = UnitIndex(units.count)
        let kinds = submission.kinds.map { self.kinds.insert($0) }
        let inputs = learn(of: submission.inputs)
        for planned in submission.passes {
            let pass = passes.insert(planned.pass, of: sweep)
            for unit in planned.units {
                let kind = kinds.indices.contains(Int(unit.kind)) ? kinds[Int(unit.kind)] : self.kinds.insert(.unknown)
                let read = inputs.indices.contains(Int(unit.inputs)) ? inputs[Int(unit.inputs)] : 0
                enter(
                    unit, kind, reading: read, of: sweep, in: pass, quarantined: submission.quarantined,
                    history: history)
            }
        }
        remember(submission.formerLeases, ofUnitsFrom: known)
        makeWay(for: sweep)
        announceFinished([sweep])
    }

    /// Restores who held units that are new here, as the ledger has it.
    private mutating func remember(_ former: [IssuedLease], ofUnitsFrom first: UnitIndex) {
        for lease in former {
            for unit in lease.units.compactMap(units.index) where unit >= first {
                formerHolders.add(lease.holder, lease.attempt, of: unit)
            }
        }
    }

    mutating func enter(
        _ planned: WorkItem, _ kind: CostKindIndex, reading inputs: InputIndex, of sweep: Int, in pass: PassIndex,
        quarantined: [UnitKey: String], history: [UnitKey: [FailureRecord]]
    ) {
        let (isNew, unit) = units.insert(planned.unit, cost: planned.cost, kind: kind, inputs: inputs, pass: pass)
        if isNew {
            for failure in history[planned.unit] ?? [] { remember(failure, against: unit) }
            if quarantined[planned.unit] != nil { units[unit].state = .quarantined }
        }
        want(unit, by: sweep)
        if isNew, units[unit].state == .pending {
            passes.countPending(units[unit])
            queueUp(unit)
        } else if units[unit].state == .dropped {
            move(unit, to: .pending)
            queueUp(unit)
        } else {
            moveQueue(unit)
        }
    }

    /// Puts the sweep among those that want the unit, and counts the unit for it.
    private mutating func want(_ unit: UnitIndex, by sweep: Int) {
        let before = units[unit].wanted
        let after = sweeps.set(before, adding: sweep)
        guard after != before else { return }
        units[unit].wanted = after
        sweeps.count(units[unit], as: units[unit].state, of: sweep, 1)
    }

    mutating func onCancellation(_ id: SweepID) {
        guard let sweep = sweeps.index(of: id), !sweeps[sweep].isCancelled else { return }
        sweeps[sweep].isCancelled = true
        var abandoned: [LeaseSlot: [UnitIndex]] = [:]
        for unit in 0..<UnitIndex(units.count) where sweeps.contains(sweep, in: units[unit].wanted) {
            forget(unit, by: sweep)
            units[unit].wanted = sweeps.set(units[unit].wanted, removing: sweep)
            guard units[unit].wanted == 0 else {
                moveQueue(unit)
                continue
            }
            switch units[unit].state {
            case .leased: for lease in units.holders(of: unit) { abandoned[lease, default: []].append(unit) }
            case .pending, .quarantined: move(unit, to: .dropped)
            // A result that is being written arrives there: it may be wanted again.
            case .committing, .quarantining, .done, .dropped: break
            }
        }
        for lease in abandoned.keys.sorted() { withdraw(abandoned[lease] ?? [], from: lease) }
        for lease in abandoned.keys.sorted() {
            for unit in abandoned[lease] ?? [] where units[unit].state == .leased { move(unit, to: .dropped) }
        }
    }

    /// Counts a unit no more for a sweep that is cancelled, unless it has a result, or one that is being written.
    private mutating func forget(_ unit: UnitIndex, by sweep: Int) {
        switch units[unit].state {
        case .done: return
        case .committing: sweeps[sweep].counts.done += 1
        case .pending, .leased, .quarantining, .quarantined, .dropped: break
        }
        sweeps.count(units[unit], as: units[unit].state, of: sweep, -1)
    }

    mutating func onQuarantineLifted(_ id: SweepID) {
        guard let sweep = sweeps.index(of: id) else { return }
        for unit in 0..<UnitIndex(units.count)
        where units[unit].state == .quarantined && sweeps.contains(sweep, in: units[unit].wanted) {
            release(unit)
        }
    }

    /// Makes a quarantined unit pending again, with its failures forgotten.
    mutating func release(_ unit: UnitIndex) {
        clearFailures(of: unit)
        units[unit].isSuspect = false
        commits.draft.rows.append(.release(units.key(unit)))
        move(unit, to: .pending)
        queueUp(unit)
    }

    /// Announces which of the sweeps have nothing left to train.
    mutating func announceFinished(_ candidates: some Sequence<Int>) {
        for sweep in candidates {
            let record = sweeps[sweep]
            guard record.isComplete, !record.isCancelled, record.counts.unfinished == 0,
                record.announcedCounts != record.counts
            else { continue }
            sweeps[sweep].announcedCounts = record.counts
            order(.sweepFinished(record.id, record.counts))
        }
    }
}
