import Identities

// Failure rates of workers.

extension Coordinator {
    /// Suspends the workers of the name if they fail units far more often than their peers.
    ///
    /// Without peers that finish units there is no baseline: then the units may be to blame, and their failures count
    /// instead.
    mutating func judge(_ name: String) {
        guard let record = workers.names[name], record.suspension == nil,
            record.failed >= settings.suspensionMinimumFailures
        else { return }
        let rate = Double(record.failed) / Double(record.failed + record.finished)
        let peersFinished = totals.finished - record.finished
        let peersFailed = totals.failed - record.failed
        guard peersFinished > 0, rate > 0.5 else { return }
        let peersRate = Double(peersFailed) / Double(peersFailed + peersFinished)
        guard rate > settings.suspensionRatio * peersRate else { return }
        suspend(
            name,
            reason: "\(record.failed) of its \(record.failed + record.finished) units failed, but \(peersFailed) of "
                + "\(peersFailed + peersFinished) elsewhere. Look at the machine, then run `probesweep resume \(name)`."
        )
    }

    mutating func suspend(_ name: String, reason: String) {
        workers.names[name, default: NameRecord()].suspension = reason
        order(.remember(.suspended(name, reason: reason)))
        note(.workerSuspended(name, reason: reason))
        for worker in workers.slots(of: name) {
            workers.update(worker) { $0.isSuspended = true }
            for lease in workers[worker].leases.reversed() {
                let held = heldUnits(of: lease)
                withdraw(held, from: lease)
                requeue(held.filter { units[$0].holder < 0 })
            }
        }
        // A broken worker's failures are not the units' fault.
        for unit in failureHistories.keys.sorted() { forgive(unit) { $0.cause == .error && $0.worker == name } }
        readyQueue.mustRetry = true
    }

    mutating func onResume(_ name: String) {
        guard let record = workers.names[name], record.suspension != nil else { return }
        totals.finished -= record.finished
        totals.failed -= record.failed
        workers.names[name] = NameRecord(eligibleWorkers: record.eligibleWorkers)
        order(.remember(.resumed(name)))
        note(.workerResumed(name))
        for worker in workers.slots(of: name) {
            workers.update(worker) { $0.isSuspended = false }
            enqueue(worker)
        }
    }

    /// Backs off before the worker's next lease, exponentially with each lease of which every unit failed.
    ///
    /// A broken machine fails in milliseconds and would run through the whole sweep before its peers have finished a
    /// first unit to compare it with.
    mutating func backOff(_ worker: WorkerSlot) {
        workers[worker].consecutiveFailedLeases += 1
        guard workers.eligibleNames.count > 1 else { return }
        let exponent = min(workers[worker].consecutiveFailedLeases - 1, 4)
        let end = now + settings.backoffSeconds * Double(1 << exponent)
        workers[worker].backoffEnd = end
        readyQueue.backOff(worker, serial: workers[worker].serial, until: end)
    }
}
