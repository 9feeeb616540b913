import Identities

// Failure rates of hosts.
//
// What is wrong with a machine is wrong for every worker on it, whatever its name: hosts are judged, not workers.

extension Coordinator {
    /// Suspends hosts that fail units far more often than the others, or finish nothing of a kind that others finish.
    mutating func judgeHosts() {
        for host in hosts.failing.sorted() {
            guard let record = hosts[host], record.suspension == nil, let finding = finding(against: record)
            else { continue }
            let last = record.lastError.map { " Last error: \($0.firstLine)." } ?? ""
            suspend(
                host, label: record.label,
                reason: "\(finding).\(last) Look at the machine, then run `probesweep resume \(record.label)`.")
        }
    }

    /// What speaks against a host, nil if nothing does.
    ///
    /// Without others that finish units there is no baseline: then the units may be to blame, and their failures count
    /// instead.
    private func finding(against host: HostRecord) -> String? {
        let others = (finished: totals.finished - host.finished, failed: totals.failed - host.failed)
        let all = host.failed + host.finished
        if others.finished > 0, host.failed >= settings.suspensionMinimumFailures {
            let rate = Double(host.failed) / Double(all)
            let othersRate = Double(others.failed) / Double(others.failed + others.finished)
            if rate > 0.5, rate > settings.suspensionRatio * othersRate {
                return "\(host.failed) of its \(all) units failed, but \(others.failed) of "
                    + "\(others.failed + others.finished) elsewhere"
            }
        }
        let failures = host.failures.filter { kind, failures in
            failures >= settings.suspensionMinimumFailures && !host.finishedKinds.contains(kind)
                && hosts.finishers[kind, default: 0] > 0
        }
        return failures.values.max().map {
            "\($0) units of a kind failed and none finished here, but elsewhere they do"
        }
    }

    mutating func suspend(_ host: String, label: String, reason: String) {
        hosts.suspend(host, label: label, reason: reason)
        order(.remember(.suspended(SuspendedHost(host: host, label: label, reason: reason))))
        note(.hostSuspended(label, reason: reason))
        for worker in workers.occupied.filter({ workers[$0].witness.host == host }) {
            workers.update(worker) { $0.isSuspended = true }
            if let address = workers[worker].address { order(.suspended(address, reason: reason)) }
            for lease in workers[worker].leases.reversed() {
                let held = heldUnits(of: lease)
                withdraw(held, from: lease)
                requeue(held.filter { units[$0].holder < 0 })
            }
        }
        // A broken machine's failures are not the units' fault.
        for unit in failureHistories.keys.sorted() { forgive(unit) { $0.witness.host == host } }
        readyQueue.mustRetry = true
    }

    mutating func resume(_ host: String) {
        guard hosts[host]?.suspension != nil, let record = hosts.clear(host) else { return }
        totals.finished -= record.finished
        totals.failed -= record.failed
        order(.remember(.resumed(host: host)))
        note(.hostResumed(record.label))
        for worker in workers.occupied.filter({ workers[$0].witness.host == host }) {
            workers.update(worker) { record in
                record.isSuspended = false
                record.probing = .none
            }
            if let address = workers[worker].address { order(.suspended(address, reason: nil)) }
            enqueue(worker)
        }
    }

    /// Judges the one lease of a new process on a suspended host: whoever finishes all of it clears the host.
    mutating func conclude(probing lease: LeaseRecord) {
        guard workers[lease.worker].isSuspended else { return }
        if lease.failed == 0, !lease.finishedCost.isEmpty { resume(workers[lease.worker].witness.host) }
    }

    /// Backs off before the worker's next lease, exponentially with each lease of which every unit failed.
    ///
    /// A broken machine fails in milliseconds and would run through the whole sweep before its peers have finished a
    /// first unit to compare it with.
    mutating func backOff(_ worker: WorkerSlot) {
        workers[worker].consecutiveFailedLeases += 1
        guard Set(workers.witnesses(reading: 0).map(\.host)).count > 1 else { return }
        let exponent = min(workers[worker].consecutiveFailedLeases - 1, 4)
        let end = now + settings.backoffSeconds * Double(1 << exponent)
        workers[worker].backoffEnd = end
        readyQueue.backOff(worker, serial: workers[worker].serial, until: end)
    }
}

extension String {
    /// What stands before the first line break, without a full stop.
    fileprivate var firstLine: Substring {
        let line = prefix { !$0.isNewline }
        return line.hasSuffix(".") ? line.dropLast() : line
    }
}
