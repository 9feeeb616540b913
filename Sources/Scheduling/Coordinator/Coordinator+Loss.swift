// Workers that end or are cut off, with and without notice.

extension Coordinator {
    mutating func onGoodbye(_ address: Address) {
        guard let worker = workers.slot(at: address) else { return }
        let record = workers[worker]
        let returned = Array(record.leases.reversed()).reduce(0) { $0 + giveBack($1) }
        remove(worker)
        note(.workerLeft(record.name, record.id, units: returned))
    }

    /// The process behind the connection may be dead, or only cut off: it keeps its units for the reconnection grace.
    mutating func onConnectionLost(_ address: Address, _ reason: String) {
        guard let worker = workers.slot(at: address) else { return }
        setAway(worker, reason: reason)
    }

    mutating func setAway(_ worker: WorkerSlot, reason: String) {
        let until = now + settings.reconnectGrace
        workers.disconnect(worker)
        workers[worker].awayUntil = until
        workers[worker].awayReason = reason
        liveness.watch(worker, serial: workers[worker].serial, until: until)
        note(.workerAway(workers[worker].name, workers[worker].id, reason: reason))
        if until <= now { lose(worker, reason: reason, isSilent: false) }
    }

    /// An operator has revoked the worker's key: nothing that it holds will come, and no unit is to blame.
    mutating func onKeyRevoked(_ address: Address) {
        guard let worker = workers.slot(at: address) else { return }
        workers.update(worker) { $0.isDraining = true }
        lose(worker, reason: "its key was revoked", isSilent: false)
    }

    mutating func expireSilentWorkers() {
        while let (worker, serial) = liveness.popDue(at: now) {
            guard workers.isOccupied(worker, by: serial) else { continue }
            let record = workers[worker]
            let deadline = record.awayUntil ?? record.lastHeard + record.patience
            if deadline > now {
                liveness.watch(worker, serial: serial, until: deadline)
            } else if let reason = record.awayReason, record.isAway {
                lose(worker, reason: reason, isSilent: false)
            } else {
                lose(worker, reason: "silent for \(record.patience) s", isSilent: true)
            }
        }
    }

    mutating func lose(_ worker: WorkerSlot, reason: String, isSilent: Bool) {
        let record = workers[worker]
        note(
            .workerLost(
                record.name, record.id, reason: reason, units: record.leases.reduce(0) { $0 + leases[$1].unfinished }))
        // A drained worker is ended from outside, and so is one whose time is up: no unit is to blame.
        let isExpected = record.isDraining || record.until.map { $0 <= now } ?? false
        // A process can be killed before its heartbeat says that a lease is in training. If the network may be to
        // blame, only what it said counts.
        let training = record.leases.filter { isSilent ? leases[$0].isTraining : leases[$0].beganAt != nil }
        // In reverse, because each is put to the front of its queue.
        for lease in record.leases.reversed() where isExpected || !training.contains(lease) { giveBack(lease) }
        // Removed before failures are counted, so that the dead worker is not counted as available.
        let suspected = isExpected ? [] : training.map { (leases[$0].attempt, takeAll(from: $0)) }
        remove(worker)
        for (attempt, units) in suspected { bisect(units, attempt, of: record, reason: reason) }
    }

    private mutating func takeAll(from lease: LeaseSlot) -> [UnitIndex] {
        let held = heldUnits(of: lease)
        for unit in held { letGo(unit, by: lease) }
        return held
    }

    private mutating func remove(_ worker: WorkerSlot) {
        let name = workers[worker].name
        workers.remove(worker)
        // A namesake may have taken its place.
        if workers.slots(of: name).isEmpty { order(.remember(.absent(name))) }
        readyQueue.mustRetry = true
    }
}
