// What workers say of themselves.

extension Coordinator {
    mutating func onHello(_ peer: PeerID, _ hello: WorkerHello) {
        guard hello.protocolVersion == settings.protocolVersion else {
            let reason =
                "The coordinator speaks protocol version \(settings.protocolVersion), the worker "
                + "\(hello.protocolVersion). Run the same ProbeSweep on both."
            return order(.reject(peer, reason: reason))
        }
        order(
            .welcome(
                peer, Welcome(heartbeatInterval: settings.heartbeatInterval, silenceLimit: settings.silenceLimit)))
        let worker = workers.slot(of: peer) ?? join(peer, hello)
        workers.update(worker) { record in
            record.lastLife = now
            record.threads = hello.threads
            record.until = hello.lifetime.map { now + $0 }
        }
        if let lastWords = hello.lastWords { hear(lastWords, of: hello.name) }
        for held in hello.held { reconcile(held, of: worker) }
        takeBackVanished(from: worker, listed: Set(hello.held.map(\.attempt)))
        // What it has finished is not leased to others before it has had the time to say so.
        if !isSettled { expected[hello.name] = hello.waitingReports > 0 ? hello.waitingReports : nil }
        lineUp(worker)
    }

    private mutating func join(_ peer: PeerID, _ hello: WorkerHello) -> WorkerSlot {
        // A worker that was killed and started again comes back under its name before its old peer falls silent. Two
        // machines may also share a name by mistake, so the old peer is not dead; it only gets less patience.
        for namesake in workers.slots(of: hello.name) {
            workers[namesake].patience = 1.5 * settings.heartbeatInterval
            let record = workers[namesake]
            liveness.watch(namesake, serial: record.serial, until: record.lastLife + record.patience)
        }
        let worker = workers.insert(peer, hello, patience: settings.silenceLimit, at: now)
        liveness.watch(worker, serial: workers[worker].serial, until: now + settings.silenceLimit)
        note(.workerJoined(hello.name, peer))
        forgive(charged.remove(peer))
        return worker
    }

    /// Brings what the worker says of a lease together with what is known of it.
    private mutating func reconcile(_ held: HeldLease, of worker: WorkerSlot) {
        guard let lease = leases.slot(of: held.attempt), leases[lease].worker == worker else {
            return adopt(held, of: worker)
        }
        mark(lease, isTraining: held.isTraining)
        let ended = held.units.filter { key in
            guard let unit = units.index(of: key) else { return true }
            return !units.isHeld(unit, by: lease)
        }
        if !ended.isEmpty { order(.cancel(workers[worker].peer, held.attempt, ended)) }
    }

    /// Takes over a lease that this coordinator did not issue, or had given up.
    private mutating func adopt(_ held: HeldLease, of worker: WorkerSlot) {
        let known = isIssued(held.attempt) ? held.units.compactMap(units.index) : []
        if held.isTraining { withdrawUnbegun(known) }
        let kept = known.filter { mayBeHeld($0, also: worker) && units[$0].pass == units[known[0]].pass }
        if kept.count < held.units.count {
            let keptKeys = Set(kept.map(units.key))
            let refused = kept.isEmpty ? [] : held.units.filter { !keptKeys.contains($0) }
            order(.cancel(workers[worker].peer, held.attempt, refused))
        }
        guard let first = kept.first else { return }
        let lease = enterLease(held.attempt, worker: worker, pass: units[first].pass, units: kept)
        mark(lease, isTraining: held.isTraining)
        note(.leaseAdopted(workers[worker].name, held.attempt, units: kept.count))
    }

    /// Takes units back from leases that were cut meanwhile and have not begun: a returning worker that has the units
    /// in training is ahead of them. Leases that have begun go on beside it, and the first to finish wins.
    private mutating func withdrawUnbegun(_ returning: [UnitIndex]) {
        var unbegun: [LeaseSlot: [UnitIndex]] = [:]
        for unit in returning where !units.isCopied(unit) {
            guard let lease = units.holders(of: unit).first, leases[lease].beganAt == nil else { continue }
            unbegun[lease, default: []].append(unit)
        }
        for lease in unbegun.keys.sorted() {
            withdraw(unbegun[lease] ?? [], from: lease)
            for unit in unbegun[lease] ?? [] { move(unit, to: .pending) }
        }
    }

    /// Whether a returning worker may go on with the unit: two holders are enough, and they are two workers.
    private func mayBeHeld(_ unit: UnitIndex, also worker: WorkerSlot) -> Bool {
        switch units[unit].state {
        case .pending: true
        case .leased: !units.isCopied(unit) && units.holders(of: unit).allSatisfy { leases[$0].worker != worker }
        case .committing, .condemned, .done, .quarantined, .dropped: false
        }
    }

    /// Whether some incarnation of this coordinator can have cut a lease under the number.
    func isIssued(_ attempt: Attempt) -> Bool {
        attempt.incarnation < incarnation || attempt.incarnation == incarnation && attempt.counter <= lastAttempt
    }

    mutating func onHeartbeat(_ peer: PeerID, _ statuses: [LeaseStatus]) {
        guard let worker = registered(peer) else { return }
        order(.beat(peer))
        for status in statuses {
            if let lease = leases.slot(of: status.attempt), leases[lease].worker == worker {
                mark(lease, isTraining: status.isTraining)
                leases[lease].progress = status.progress
            } else if status.unfinished > 0 {
                // Given up here while the word of it was lost.
                order(.cancel(peer, status.attempt, []))
            }
        }
        if !workers[worker].leases.isEmpty {
            takeBackVanished(from: worker, listed: Set(statuses.map(\.attempt)))
        }
    }

    private mutating func mark(_ lease: LeaseSlot, isTraining: Bool) {
        guard leases[lease].isTraining != isTraining else { return }
        leases[lease].isTraining = isTraining
        if isTraining, leases[lease].beganAt == nil { leases[lease].beganAt = now }
    }

    /// Gives back leases that the worker should know of and does not: their message, or the word of their end, was
    /// lost.
    private mutating func takeBackVanished(from worker: WorkerSlot, listed: Set<Attempt>) {
        for lease in workers[worker].leases {
            let record = leases[lease]
            // A lease that was sent just now may have crossed the worker's list.
            guard !listed.contains(record.attempt), now.seconds(since: record.sentAt) >= settings.silenceLimit
            else { continue }
            let units = giveBack(lease)
            note(.leaseVanished(workers[worker].name, record.attempt, units: units))
        }
    }

    mutating func onReturned(_ peer: PeerID, _ attempt: Attempt, _ keys: [UnitDigest]) {
        guard let worker = registered(peer), let lease = leases.slot(of: attempt), leases[lease].worker == worker
        else { return }
        let held = keys.isEmpty ? heldUnits(of: lease) : keys.compactMap(units.index)
        let returned = held.filter { units.isHeld($0, by: lease) }
        for unit in returned { letGo(unit, by: lease) }
        requeue(returned.filter { units[$0].holder < 0 })
        if !returned.isEmpty { note(.unitsReturned(workers[worker].name, attempt, units: returned.count)) }
    }

    mutating func onDraining(_ peer: PeerID) {
        guard let worker = registered(peer) else { return }
        workers.update(worker) { $0.isDraining = true }
    }

    mutating func onOperatorDrain(_ name: String) {
        for worker in workers.slots(of: name) where !workers[worker].isDraining {
            workers.update(worker) { $0.isDraining = true }
            order(.drain(workers[worker].peer))
        }
    }
}
