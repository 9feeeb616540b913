import Identities

// What workers say about themselves.

extension Coordinator {
    mutating func onHello(_ address: Address, _ hello: WorkerHello, key: String) {
        guard hello.protocolVersion == settings.protocolVersion else {
            let reason =
                "The coordinator speaks protocol version \(settings.protocolVersion), the worker "
                + "\(hello.protocolVersion). Run the same ProbeSweep on both."
            return order(.reject(address, reason: reason))
        }
        guard keys.admits(hello.id, key: key) else {
            let reason = "The incarnation \(hello.id) belongs to another key. A worker draws its own when it starts."
            note(.messageRefused(hello.name, reason: reason))
            return order(.reject(address, reason: reason))
        }
        if let problem = contradiction(in: hello) { return refuse(address, problem, from: hello.name) }
        let worker = register(hello, at: address, key: key)
        ask(worker, for: 1..<InputIndex(inputs.count))
        if workers[worker].isSuspended, let reason = hosts[workers[worker].witness.host]?.suspension {
            order(.suspended(address, reason: reason))
        }
        if let text = hello.previousStderr { annotateCharges(of: hello.name, previousStderr: text) }
        for held in hello.held { reconcile(held, of: worker, at: address) }
        takeBackVanished(from: worker, listed: Set(hello.held.map(\.attempt)))
        // What it has finished is not leased to others before it had time to report it.
        if !isSettled { expected[hello.name] = hello.waitingReports > 0 ? hello.waitingReports : nil }
        quarantineFailedUnits()
        enqueue(worker)
    }

    /// A contradiction in a hello, nil if there is none.
    private func contradiction(in hello: WorkerHello) -> String? {
        if hello.held.map(\.attempt).hasRepeats { return "its hello lists a lease twice" }
        if hello.held.contains(where: { $0.units.hasRepeats }) { return "its hello lists a unit of a lease twice" }
        if let worker = workers.slot(of: hello.id), workers[worker].name != hello.name {
            return "the incarnation \(hello.id) is named \(workers[worker].name), not \(hello.name)"
        }
        return nil
    }

    /// Tells the sender that its message was dropped, and why.
    mutating func refuse(_ address: Address, _ reason: String, from name: String) {
        note(.messageRefused(name, reason: reason))
        order(.refuse(address, reason: reason))
    }

    /// Registers the worker, or finds it again on a new connection.
    private mutating func register(_ hello: WorkerHello, at address: Address, key: String) -> WorkerSlot {
        order(
            .welcome(
                address, Welcome(heartbeatInterval: settings.heartbeatInterval, silenceLimit: settings.silenceLimit)))
        // A connection speaks for one worker: the one that it spoke for before is gone.
        if let other = workers.slot(at: address), workers[other].id != hello.id {
            setAway(other, reason: "its connection speaks for another worker")
        }
        let worker = workers.slot(of: hello.id) ?? join(hello, key: key)
        if workers[worker].address != address {
            if workers[worker].isAway, workers[worker].awayUntil != nil {
                note(.workerReturned(hello.name, hello.id))
                readyQueue.mustRetry = true
            }
            workers.connect(worker, to: address)
        }
        workers.update(worker) { record in
            record.lastHeard = now
            record.threads = hello.threads
            record.until = hello.lifetime.map { now + max(0, $0) }
        }
        return worker
    }

    private mutating func join(_ hello: WorkerHello, key: String) -> WorkerSlot {
        for namesake in workers.slots(of: hello.name) { makeRoom(for: hello, key: key, by: namesake) }
        let witness = Witness(machine: Witness.machine(of: hello), key: key)
        hosts.met(witness.host, label: hello.host.isEmpty ? witness.machine : hello.host)
        let isSuspended = hosts[witness.host]?.suspension != nil
        let worker = workers.insert(
            hello, key: key, isSuspended: isSuspended, patience: settings.silenceLimit, at: now)
        liveness.watch(worker, serial: workers[worker].serial, until: now + settings.silenceLimit)
        order(.remember(.present(hello.name)))
        note(.workerJoined(hello.name, hello.id))
        forgive(charges.remove(hello.id))
        return worker
    }

    /// A worker that was killed and restarted returns under its name before its old process is given up. But two
    /// machines may share a name by mistake, so an old process that still has a connection is not dead; it only gets
    /// less patience.
    private mutating func makeRoom(for hello: WorkerHello, key: String, by namesake: WorkerSlot) {
        let record = workers[namesake]
        if let reason = record.awayReason, record.isAway, record.host == hello.host, record.holder.key == key {
            return lose(namesake, reason: reason, isSilent: false)
        }
        workers[namesake].patience = 1.5 * settings.heartbeatInterval
        liveness.watch(namesake, serial: record.serial, until: record.lastHeard + workers[namesake].patience)
    }

    /// Reconciles what the worker says of a lease with what is known of it.
    private mutating func reconcile(_ held: HeldLease, of worker: WorkerSlot, at address: Address) {
        guard let lease = leases.slot(of: held.attempt), leases[lease].worker == worker else {
            return adopt(held, of: worker, at: address)
        }
        mark(lease, isTraining: held.isTraining)
        let ended = held.units.filter { key in
            guard let unit = units.index(of: key) else { return true }
            return !units.isHeld(unit, by: lease)
        }
        if !ended.isEmpty { order(.cancel(address, held.attempt, ended)) }
    }

    /// Adopts a lease that an earlier coordinator issued to this process, or that was revoked while it was away.
    private mutating func adopt(_ held: HeldLease, of worker: WorkerSlot, at address: Address) {
        let issued = issuedUnits(of: held, to: worker)
        if held.isTraining { withdrawUnbegun(issued) }
        let kept = issued.filter { mayBeHeld($0, also: worker) }
        if kept.count < held.units.count {
            let keptKeys = Set(kept.map(units.key))
            let refused = kept.isEmpty ? [] : held.units.filter { !keptKeys.contains($0) }
            order(.cancel(address, held.attempt, refused))
        }
        guard let first = kept.first else { return }
        let lease = enterLease(held.attempt, worker: worker, pass: units[first].pass, units: kept)
        leases[lease].isAdopted = true
        mark(lease, isTraining: held.isTraining)
        note(.leaseAdopted(workers[worker].name, held.attempt, units: kept.count))
    }

    /// The units that this very process was leased under the attempt; all are of one pass.
    private mutating func issuedUnits(of held: HeldLease, to worker: WorkerSlot) -> [UnitIndex] {
        guard !workers[worker].isSuspended, leases.slot(of: held.attempt) == nil else { return [] }
        var issued: [UnitIndex] = []
        for unit in held.units.compactMap(units.index) where wasIssued(unit, held.attempt, to: worker) {
            if let first = issued.first, !passes.haveSameLayer(units[first].pass, units[unit].pass) { continue }
            issued.append(unit)
        }
        return issued
    }

    private mutating func wasIssued(_ unit: UnitIndex, _ attempt: Attempt, to worker: WorkerSlot) -> Bool {
        if let former = formerHolders.holder(of: unit, attempt) { return former.id == workers[worker].id }
        return unrecorded.admits(attempt, of: workers[worker].holder)
    }

    /// Takes units back from leases that were cut meanwhile and have not begun: a returning worker that trains the
    /// units is ahead of them. Leases that have begun go on beside it, and the first to finish wins.
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

    /// Whether a returning worker may continue the unit: at most two holders, and they must be two workers.
    private func mayBeHeld(_ unit: UnitIndex, also worker: WorkerSlot) -> Bool {
        switch units[unit].state {
        case .pending: true
        case .leased: !units.isCopied(unit) && units.holders(of: unit).allSatisfy { leases[$0].worker != worker }
        case .committing, .quarantining, .done, .quarantined, .dropped: false
        }
    }

    mutating func onHeartbeat(_ address: Address, _ statuses: [LeaseStatus]) {
        guard let worker = registered(address) else { return }
        order(.beat(address))
        for status in statuses {
            if let lease = leases.slot(of: status.attempt), leases[lease].worker == worker {
                mark(lease, isTraining: status.isTraining)
                leases[lease].progress = min(max(status.progress, 0), 1)
                leases[lease].stuck = status.stuck
            } else if status.unfinished > 0 {
                // We revoked this lease, but the cancel was lost.
                order(.cancel(address, status.attempt, []))
            }
        }
        askAgain(worker)
        if !workers[worker].leases.isEmpty {
            takeBackVanished(from: worker, listed: Set(statuses.map(\.attempt)))
        }
    }

    private mutating func mark(_ lease: LeaseSlot, isTraining: Bool) {
        guard leases[lease].isTraining != isTraining else { return }
        leases[lease].isTraining = isTraining
        if isTraining, leases[lease].beganAt == nil { leases[lease].beganAt = now }
    }

    /// Revokes leases that the worker should know of and does not: the lease, or the report of its end, was lost.
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

    mutating func onReturned(_ address: Address, _ attempt: Attempt, _ keys: [UnitKey]) {
        guard let worker = registered(address) else { return }
        guard !keys.hasRepeats else {
            return refuse(address, "it gives a unit back twice in one message", from: workers[worker].name)
        }
        guard let lease = leases.slot(of: attempt), leases[lease].worker == worker else { return }
        let held = keys.isEmpty ? heldUnits(of: lease) : keys.compactMap(units.index)
        let returned = held.filter { units.isHeld($0, by: lease) }
        for unit in returned { letGo(unit, by: lease) }
        requeue(returned.filter { units[$0].holder < 0 })
        if !returned.isEmpty { note(.unitsReturned(workers[worker].name, attempt, units: returned.count)) }
    }

    mutating func onDraining(_ address: Address) {
        guard let worker = registered(address) else { return }
        workers.update(worker) { $0.isDraining = true }
    }

    mutating func onOperatorDrain(_ name: String) {
        for worker in workers.slots(of: name) where !workers[worker].isDraining {
            workers.update(worker) { $0.isDraining = true }
            if let address = workers[worker].address { order(.drain(address)) }
        }
    }
}

extension Collection where Element: Hashable {
    /// Whether an element occurs more than once.
    var hasRepeats: Bool { count > 1 && Set(self).count < count }

    /// Each element once, in the order of their first occurrences.
    package var unique: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
