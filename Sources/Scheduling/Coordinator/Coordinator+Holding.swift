import DequeModule
import Identities

// Who holds what: the steps by which units come to leases and leave them.

extension Coordinator {
    /// Enters a lease and makes it its units' holder.
    mutating func enterLease(
        _ attempt: Attempt, worker: WorkerSlot, pass: PassIndex, units held: [UnitIndex], isCopy: Bool = false
    ) -> LeaseSlot {
        var cost = CostSum()
        for unit in held { cost.add(Double(units[unit].cost), of: units[unit].kind) }
        let record = LeaseRecord(
            attempt: attempt, worker: worker, pass: pass, units: held, sentAt: now, isCopy: isCopy,
            unfinished: held.count, unfinishedCost: cost)
        let lease = leases.insert(record)
        for unit in held {
            units.addHolder(lease, to: unit)
            if units[unit].state == .pending { move(unit, to: .leased) }
        }
        workers[worker].leases.append(lease)
        workers[worker].lastPass = pass
        if workers[worker].leases.count == 1 { leases[lease].beganAt = now }
        passes[pass].leases += 1
        return lease
    }

    /// Takes the unit from the lease; a lease without units ends. The caller must change the unit's state.
    /// - Parameter isFinished: whether the unit is being written to the ledger, so that nobody may resume it.
    mutating func letGo(_ unit: UnitIndex, by lease: LeaseSlot, isFinished: Bool = false) {
        if !isFinished { formerHolders.add(workers[leases[lease].worker].holder, leases[lease].attempt, of: unit) }
        units.removeHolder(lease, from: unit)
        leases[lease].unfinished -= 1
        leases[lease].unfinishedCost.subtract(Double(units[unit].cost), of: units[unit].kind)
        if leases[lease].unfinished == 0 { endLease(lease) }
    }

    private mutating func endLease(_ lease: LeaseSlot) {
        let record = leases[lease]
        leases.remove(lease)
        passes[record.pass].leases -= 1
        workers[record.worker].leases.removeAll { $0 == lease }
        if let next = workers[record.worker].leases.first, leases[next].beganAt == nil { leases[next].beganAt = now }
        // Units that were withdrawn from a probing worker say nothing about it.
        if workers[record.worker].probing == .spent, record.failed == 0 {
            workers[record.worker].probing = .due
        }
        enqueue(record.worker)
    }

    /// What a lease that ended by its worker's reports says about the worker.
    mutating func learn(from lease: LeaseRecord) {
        if lease.finishedCost.isEmpty, lease.failed > 0 {
            backOff(lease.worker)
        } else if !lease.finishedCost.isEmpty {
            workers[lease.worker].consecutiveFailedLeases = 0
            measure(lease)
        }
    }

    /// Corrects the worker's speed by the time that the lease took.
    private mutating func measure(_ lease: LeaseRecord) {
        guard let beganAt = lease.beganAt, !lease.isAdopted else { return }
        let measured = lease.finishedCost.seconds(kinds) / max(now.seconds(since: beganAt), 1e-4)
        guard measured > 0 else { return }
        workers.update(lease.worker) { worker in
            // Overrating a worker makes it a straggler at the end; underrating one only makes it ask more often.
            let speed = min(measured, 4 * worker.speed)
            // A moving average: one odd lease neither makes nor breaks a worker.
            worker.speed = worker.isMeasured ? (worker.speed + speed) / 2 : speed
            worker.isMeasured = true
        }
        let worker = workers[lease.worker]
        workers.names[worker.name, default: NameRecord()].pace = WorkerPace(
            declared: worker.declaredSpeed, measured: worker.speed)
    }

    /// Counts how long a unit took, and learns from it, scaled by the worker's declared speed: the measured speed
    /// follows these corrections, and both together could drift.
    mutating func learn(from report: UnitReport, of unit: UnitIndex, on worker: WorkerSlot) {
        guard let seconds = report.seconds else { return }
        kinds.count(seconds, of: units[unit].kind)
        kinds.learn(
            units[unit].kind, predicted: Double(units[unit].cost), measured: seconds * workers[worker].declaredSpeed)
    }

    /// The units that the lease still holds, in its order.
    func heldUnits(of lease: LeaseSlot) -> [UnitIndex] {
        leases[lease].units.filter { units.isHeld($0, by: lease) }
    }

    /// Takes units from a lease and tells its worker to drop them. The caller must change their state.
    mutating func withdraw(_ withdrawn: [UnitIndex], from lease: LeaseSlot) {
        let record = leases[lease]
        let isWhole = withdrawn.count == record.unfinished
        // A worker that is away lists what it holds when it is back, and is told then.
        if let address = workers[record.worker].address {
            order(.cancel(address, record.attempt, isWhole ? [] : withdrawn.map(units.key)))
        }
        for unit in withdrawn { letGo(unit, by: lease) }
    }

    /// Takes all units from a lease, and makes those that nobody else holds pending again.
    /// - Returns: How many units the lease held.
    @discardableResult
    mutating func giveBack(_ lease: LeaseSlot) -> Int {
        let held = heldUnits(of: lease)
        for unit in held { letGo(unit, by: lease) }
        requeue(held.filter { units[$0].holder < 0 })
        return held.count
    }

    /// Puts units that nobody holds back to the front of their queue, suspects as a group of their own.
    mutating func requeue(_ returned: [UnitIndex]) {
        for unit in returned { move(unit, to: .pending) }
        for pass in Set(returned.map { units[$0].pass }).sorted() {
            let waiting = returned.filter { units[$0].pass == pass }
            for inputs in waiting.map({ units[$0].inputs }).unique {
                let alike = waiting.filter { units[$0].inputs == inputs }
                let suspects = alike.filter { units[$0].isSuspect }
                let queue = passes[pass].queue(of: inputs)
                if !suspects.isEmpty { passes[pass].queues[queue].suspects.prepend(suspects) }
                passes[pass].queues[queue].units.prepend(contentsOf: alike.filter { !units[$0].isSuspect })
            }
        }
    }
}
