import Identities

// Who gets a lease next.

extension Coordinator {
    /// Cuts leases until there are no units or no workers left.
    mutating func dispatch() {
        while let rested = lineUp.popRested(at: now) {
            if workers.isOccupied(rested.worker, by: rested.serial) { lineUp(rested.worker) }
        }
        guard isDispatching else {
            nextTailCheck = .distantFuture
            return
        }
        if lineUp.mustRetry {
            lineUp.mustRetry = false
            for entry in lineUp.takeParked() where stands(entry, .parked) {
                workers[entry.worker].place = .none
                lineUp(entry.worker)
            }
        }
        leasePending()
        serveTail()
    }

    /// Whether leases may be cut: all expected workers have come, and the ledger takes rows.
    private var isDispatching: Bool {
        mutating get {
            if !expected.isEmpty, now >= settlingEnd { expected = [:] }
            if !isSettled, expected.isEmpty {
                isSettled = true
                note(.settled(workers: workers.count))
            }
            return isSettled && commits.refusal == nil
        }
    }

    /// Leases pending units to the workers in line.
    mutating func leasePending() {
        while !passes.open.isEmpty, let worker = nextInLine() {
            if let (pass, units) = choose(for: worker) {
                send(units, of: pass, to: worker)
            } else {
                workers[worker].place = .parked
                lineUp.append(.init(worker: worker, serial: workers[worker].serial), to: .parked)
            }
        }
    }

    /// Puts a worker in line if it may be handed a lease.
    mutating func lineUp(_ worker: WorkerSlot) {
        let record = workers[worker]
        guard record.isAble, record.leases.count < settings.leasesPerWorker else { return }
        if let end = record.restsUntil, end > now { return }
        let place: ReadyQueue.Place = record.leases.isEmpty ? .idle : .fetching
        guard record.place != place, record.place != .parked else { return }
        workers[worker].place = place
        lineUp.append(.init(worker: worker, serial: record.serial), to: place)
    }

    private mutating func nextInLine() -> WorkerSlot? {
        while let entry = lineUp.popIdle() {
            if leave(entry, .idle) { return entry.worker }
        }
        while let entry = lineUp.popFetching() {
            if leave(entry, .fetching) { return entry.worker }
        }
        return nil
    }

    /// Removes a worker from the line; false if it is gone, stands elsewhere, or may no longer get a lease.
    mutating func leave(_ entry: ReadyQueue.Entry, _ place: ReadyQueue.Place) -> Bool {
        guard stands(entry, place) else { return false }
        workers[entry.worker].place = .none
        let record = workers[entry.worker]
        guard record.isAble, record.leases.count < settings.leasesPerWorker else { return false }
        return record.restsUntil.map { $0 <= now } ?? true
    }

    private func stands(_ entry: ReadyQueue.Entry, _ place: ReadyQueue.Place) -> Bool {
        workers.isOccupied(entry.worker, by: entry.serial) && workers[entry.worker].place == place
    }

    /// Issues a lease.
    mutating func send(_ chosen: [UnitIndex], of pass: PassIndex, to worker: WorkerSlot, isCopy: Bool = false) {
        lastAttempt += 1
        let attempt = Attempt(incarnation: incarnation, counter: lastAttempt)
        _ = enterLease(attempt, worker: worker, pass: pass, units: chosen, isCopy: isCopy)
        if let address = workers[worker].address {
            let lease = Lease(attempt: attempt, pass: passes[pass].id, units: chosen.map(units.key))
            order(.lease(address, workers[worker].holder, lease))
        }
        lineUp(worker)
    }
}
