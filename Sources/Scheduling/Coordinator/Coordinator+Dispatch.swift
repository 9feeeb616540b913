import Identities

// Who gets a lease next.

extension Coordinator {
    /// Cuts leases until there are no units or no workers left.
    mutating func dispatch() {
        serveChangedInputs()
        while let entry = readyQueue.popBackedOff(at: now) {
            if workers.isOccupied(entry.worker, by: entry.serial) { enqueue(entry.worker) }
        }
        guard isDispatching else {
            nextTailCheck = .distantFuture
            return
        }
        if readyQueue.mustRetry {
            readyQueue.mustRetry = false
            for entry in readyQueue.takeParked() where isQueued(entry, .parked) {
                workers[entry.worker].membership = .none
                enqueue(entry.worker)
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

    /// Leases pending units to the workers in the ready queue.
    mutating func leasePending() {
        while !passes.open.isEmpty, let worker = nextReadyWorker() {
            if let (pass, units) = choose(for: worker) {
                send(units, of: pass, to: worker)
            } else {
                workers[worker].membership = .parked
                readyQueue.append(.init(worker: worker, serial: workers[worker].serial), to: .parked)
            }
        }
    }

    /// Puts a worker into the ready queue if it may be handed a lease.
    mutating func enqueue(_ worker: WorkerSlot) {
        let record = workers[worker]
        guard record.canTakeLeases, record.leases.count < settings.leasesPerWorker else { return }
        if let end = record.backoffEnd, end > now { return }
        let membership: ReadyQueue.Membership = record.leases.isEmpty ? .idle : .prefetching
        guard record.membership != membership, record.membership != .parked else { return }
        workers[worker].membership = membership
        readyQueue.append(.init(worker: worker, serial: record.serial), to: membership)
    }

    private mutating func nextReadyWorker() -> WorkerSlot? {
        while let entry = readyQueue.popIdle() {
            if dequeue(entry, .idle) { return entry.worker }
        }
        while let entry = readyQueue.popPrefetching() {
            if dequeue(entry, .prefetching) { return entry.worker }
        }
        return nil
    }

    /// Removes a worker from the ready queue; false if it is gone, is in another list, or may no longer get a lease.
    mutating func dequeue(_ entry: ReadyQueue.Entry, _ membership: ReadyQueue.Membership) -> Bool {
        guard isQueued(entry, membership) else { return false }
        workers[entry.worker].membership = .none
        let record = workers[entry.worker]
        guard record.canTakeLeases, record.leases.count < settings.leasesPerWorker else { return false }
        return record.backoffEnd.map { $0 <= now } ?? true
    }

    private func isQueued(_ entry: ReadyQueue.Entry, _ membership: ReadyQueue.Membership) -> Bool {
        workers.isOccupied(entry.worker, by: entry.serial) && workers[entry.worker].membership == membership
    }

    /// Issues a lease.
    mutating func send(_ chosen: [UnitIndex], of pass: PassIndex, to worker: WorkerSlot, isCopy: Bool = false) {
        lastAttempt += 1
        let attempt = Attempt(incarnation: incarnation, counter: lastAttempt)
        if workers[worker].probing == .due { workers[worker].probing = .spent }
        _ = enterLease(attempt, worker: worker, pass: pass, units: chosen, isCopy: isCopy)
        if let address = workers[worker].address {
            let lease = Lease(attempt: attempt, pass: passes[pass].id, units: chosen.map(units.key))
            order(.lease(address, workers[worker].holder, lease))
        }
        enqueue(worker)
    }
}
