import DequeModule

// Who holds what: the steps by which units come to leases and leave them.

extension Coordinator {
    /// Enters a lease and makes it its units' holder.
    mutating func enterLease(
        _ attempt: Attempt, worker: WorkerSlot, pass: PassIndex, units held: [UnitIndex], isCopy: Bool = false
    ) -> LeaseSlot {
        let record = LeaseRecord(
            attempt: attempt, worker: worker, pass: pass, units: held, sentAt: now, isCopy: isCopy,
            unfinished: held.count, unfinishedCost: cost(of: held))
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

    /// Takes the unit from the lease; a lease without units is over. The unit's state is the caller's to change.
    mutating func letGo(_ unit: UnitIndex, by lease: LeaseSlot) {
        units.removeHolder(lease, from: unit)
        leases[lease].unfinished -= 1
        leases[lease].unfinishedCost = max(0, leases[lease].unfinishedCost - cost(of: unit))
        if leases[lease].unfinished == 0 { endLease(lease) }
    }

    private mutating func endLease(_ lease: LeaseSlot) {
        let record = leases[lease]
        leases.remove(lease)
        passes[record.pass].leases -= 1
        workers[record.worker].leases.removeAll { $0 == lease }
        if let next = workers[record.worker].leases.first, leases[next].beganAt == nil { leases[next].beganAt = now }
        lineUp(record.worker)
    }

    /// What a lease that ended by its worker's reports says about the worker.
    mutating func learn(from lease: LeaseRecord) {
        if lease.finishedCost == 0, lease.failed > 0 {
            rest(lease.worker)
        } else if lease.finishedCost > 0 {
            workers[lease.worker].fruitlessLeases = 0
            measure(lease)
        }
    }

    /// Corrects the worker's speed by the time that the lease took.
    private mutating func measure(_ lease: LeaseRecord) {
        guard let beganAt = lease.beganAt else { return }
        let speed = lease.finishedCost / max(now.seconds(since: beganAt), 1e-4)
        workers.update(lease.worker) { worker in
            // Half of what is new: one odd lease neither makes nor breaks a worker.
            worker.speed = worker.isMeasured ? (worker.speed + speed) / 2 : speed
            worker.isMeasured = true
        }
    }

    /// The units that the lease still holds, in its order.
    func heldUnits(of lease: LeaseSlot) -> [UnitIndex] {
        leases[lease].units.filter { units.isHeld($0, by: lease) }
    }

    /// Takes units from a lease and tells its worker to drop them. Their state is the caller's to change.
    mutating func withdraw(_ withdrawn: [UnitIndex], from lease: LeaseSlot) {
        let record = leases[lease]
        let isWhole = withdrawn.count == record.unfinished
        order(.cancel(workers[record.worker].peer, record.attempt, isWhole ? [] : withdrawn.map(units.key)))
        for unit in withdrawn { letGo(unit, by: lease) }
    }

    /// Takes all units from a lease, and puts those that nobody else holds back among the pending ones.
    /// - Returns: How many units the lease held.
    @discardableResult
    mutating func giveBack(_ lease: LeaseSlot) -> Int {
        let held = heldUnits(of: lease)
        for unit in held { letGo(unit, by: lease) }
        requeue(held.filter { units[$0].holder < 0 })
        return held.count
    }

    /// Puts units that nobody holds back to the front of their pass's queue, suspects as a group of their own.
    mutating func requeue(_ returned: [UnitIndex]) {
        guard let first = returned.first else { return }
        for unit in returned { move(unit, to: .pending) }
        let pass = units[first].pass
        let suspects = returned.filter { units[$0].isSuspect }
        if !suspects.isEmpty { passes[pass].suspects.prepend(suspects) }
        passes[pass].queue.prepend(contentsOf: returned.filter { !units[$0].isSuspect })
    }
}
