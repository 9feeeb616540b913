// Workers that end, with and without a word.

extension Coordinator {
    mutating func onGoodbye(_ peer: PeerID) {
        guard let worker = workers.slot(of: peer) else { return }
        let name = workers[worker].name
        let returned = Array(workers[worker].leases.reversed()).reduce(0) { $0 + giveBack($1) }
        remove(worker)
        note(.workerLeft(name, peer, units: returned))
    }

    mutating func onConnectionLost(_ peer: PeerID, _ reason: String) {
        guard let worker = workers.slot(of: peer) else { return }
        lose(worker, reason: reason, isSilent: false)
    }

    mutating func expireSilentPeers() {
        while let (worker, serial) = liveness.popDue(at: now) {
            guard workers.isOccupied(worker, by: serial) else { continue }
            let record = workers[worker]
            let deadline = record.lastLife + record.patience
            if deadline <= now {
                lose(worker, reason: "silent for \(record.patience) s", isSilent: true)
            } else {
                liveness.watch(worker, serial: serial, until: deadline)
            }
        }
    }

    private mutating func lose(_ worker: WorkerSlot, reason: String, isSilent: Bool) {
        let record = workers[worker]
        note(
            .workerLost(
                record.name, record.peer, reason: reason,
                units: record.leases.reduce(0) { $0 + leases[$1].unfinished }))
        // A drained worker is ended from outside, and so is one whose time is up: no unit is to blame.
        let isExpected = record.isDraining || record.until.map { $0 <= now } ?? false
        // A process can be killed before it says that a lease is in training. Where the network may be to blame, only
        // what was said counts.
        let training = record.leases.filter { isSilent ? leases[$0].isTraining : leases[$0].beganAt != nil }
        // From the last to the first, because each is put to the front of its queue.
        for lease in record.leases.reversed() where isExpected || !training.contains(lease) { giveBack(lease) }
        // Removed before blame is given, so that nobody counts on the dead one as another worker to try.
        let suspected = isExpected ? [] : training.map { (leases[$0].attempt, takeAll(from: $0)) }
        remove(worker)
        for (attempt, units) in suspected { suspect(units, attempt, of: record, reason: reason) }
    }

    private mutating func takeAll(from lease: LeaseSlot) -> [UnitIndex] {
        let held = heldUnits(of: lease)
        for unit in held { letGo(unit, by: lease) }
        return held
    }

    private mutating func remove(_ worker: WorkerSlot) {
        workers.remove(worker)
        lineUp.mustRetry = true
    }
}
