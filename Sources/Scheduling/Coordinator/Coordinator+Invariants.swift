extension Coordinator {
    /// The violated invariants, in words; empty unless there is a bug in this module.
    ///
    /// For tests, after every event.
    /// - Complexity: O(n) in units, leases and workers.
    package func brokenInvariants() -> [String] {
        brokenUnits() + brokenSums() + brokenLeases() + brokenWorkers()
    }

    private func brokenUnits() -> [String] {
        var broken: [String] = []
        for unit in 0..<UnitIndex(units.count) {
            let record = units[unit]
            let holders = units.holders(of: unit)
            if (record.state == .leased) == holders.isEmpty {
                broken.append("Unit \(unit) is \(record.state) with \(holders.count) holders.")
            }
            if holders.count == 2, leases[holders[0]].worker == leases[holders[1]].worker {
                broken.append("Unit \(unit) is held twice by one worker.")
            }
            if record.state == .committing, commits.batchOfUnit[unit] == nil {
                broken.append("Unit \(unit) waits for a commit that nobody ordered.")
            }
        }
        return broken
    }

    private func brokenSums() -> [String] {
        var broken: [String] = []
        var counts = sweeps.records.map { _ in SweepCounts() }
        var pending = passes.records.map { _ in 0 }
        for unit in 0..<UnitIndex(units.count) {
            let record = units[unit]
            if record.state == .pending {
                pending[Int(record.pass)] += 1
                if passes[record.pass].sweep != sweeps.first(of: record.wanted) {
                    broken.append("Unit \(unit) waits for another sweep than the first that wants it.")
                }
            }
            for sweep in sweeps.sets[Int(record.wanted)] {
                switch record.state {
                case .pending: counts[sweep].pending += 1
                case .leased, .committing, .quarantining: counts[sweep].leased += 1
                case .quarantined: counts[sweep].quarantined += 1
                case .done: counts[sweep].done += 1
                case .dropped: broken.append("Unit \(unit) is dropped and wanted.")
                }
            }
        }
        for (sweep, record) in sweeps.records.enumerated() {
            // Units that were done before their submission are counted but not listed.
            counts[sweep].done = max(counts[sweep].done, record.counts.done)
            if counts[sweep] != record.counts {
                broken.append("Sweep \(record.id) counts \(record.counts), but there are \(counts[sweep]).")
            }
        }
        for (pass, record) in passes.records.enumerated() {
            if record.pendingUnits != pending[pass] {
                broken.append(
                    "Pass \(record.id) counts \(record.pendingUnits) pending, but there are \(pending[pass]).")
            }
            let queued = Set(record.queues.flatMap { Array($0.units) + $0.suspects.joined() })
                .filter { isPending($0, in: PassIndex(pass)) }
            if queued.count != pending[pass] {
                broken.append("Pass \(record.id) has \(pending[pass]) pending units and \(queued.count) in its queue.")
            }
            let isOpen = record.queues.contains { $0.pendingUnits > 0 && passes.isServed($0.inputs) }
            if passes.open.contains(PassIndex(pass)) != isOpen {
                broken.append("Pass \(record.id) is open or closed by mistake.")
            }
        }
        return broken
    }

    private func brokenLeases() -> [String] {
        var broken: [String] = []
        for lease in leases.occupied {
            let record = leases[lease]
            let held = heldUnits(of: lease)
            if held.count != record.unfinished || held.isEmpty {
                broken.append("Lease \(record.attempt) counts \(record.unfinished) units and holds \(held.count).")
            }
            if !workers[record.worker].leases.contains(lease) {
                broken.append("Lease \(record.attempt) is not among its worker's.")
            }
            if held.contains(where: { !passes.haveSameLayer(units[$0].pass, record.pass) }) {
                broken.append("Lease \(record.attempt) holds units of two passes.")
            }
        }
        return broken
    }

    private func brokenWorkers() -> [String] {
        var broken: [String] = []
        for worker in workers.occupied {
            let record = workers[worker]
            if record.leases.contains(where: { leases[$0].worker != worker }) {
                broken.append("Worker \(record.name) lists a lease of another.")
            }
            if let address = record.address, workers.slot(at: address) != worker {
                broken.append("Worker \(record.name) is not the one at its address.")
            }
            if record.isAway != (record.awayUntil != nil) {
                broken.append("Worker \(record.name) is away without an end, or there with one.")
            }
            if record.isSuspended, record.leases.count > (record.probing == .spent ? 1 : 0) {
                broken.append("Worker \(record.name) is suspended and holds leases.")
            }
            for lease in record.leases where !leases[lease].isAdopted {
                for unit in heldUnits(of: lease)
                where units[unit].inputs != 0 && record.hasNeverRead(units[unit].inputs) {
                    broken.append("Worker \(record.name) holds unit \(unit), which it never could read.")
                }
            }
            if record.canTakeLeases, record.leases.isEmpty, record.membership == .none,
                record.backoffEnd.map({ $0 <= now }) ?? true
            {
                broken.append("Worker \(record.name) idles and is not in the ready queue.")
            }
        }
        let speed = workers.occupied.reduce(0.0) { workers[$1].isUseful ? $0 + workers[$1].speed : $0 }
        if abs(speed - workers.totalSpeed) > 1e-6 * max(speed, 1) {
            broken.append("The speeds sum up to \(speed), not \(workers.totalSpeed).")
        }
        return broken
    }
}
