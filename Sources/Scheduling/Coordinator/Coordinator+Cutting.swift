import DequeModule

// What goes into a lease.
//
// Guided self-scheduling: a lease takes a fixed part of what is left, so that leases are long while there is much and
// short when little is left, and workers of unlike speed end together. It stays within one pass, because one reading
// trains all its units, and preferably within the pass that the worker has just read.

extension Coordinator {
    /// Units for the worker's next lease, removed from their queue; nil if no pending unit suits it.
    mutating func choose(for worker: WorkerSlot) -> (pass: PassIndex, units: [UnitIndex])? {
        let record = workers[worker]
        guard let best = passes.open.min(by: { isBetter($0, than: $1, for: record) }) else { return nil }
        let limit = lifetimeLimit(of: record)
        if let units = serve(best, to: record, lifetime: limit) { return (best, units) }
        let others = passes.open.filter { $0 != best }.sorted { isBetter($0, than: $1, for: record) }
        for pass in others {
            if let units = serve(pass, to: record, lifetime: limit) { return (pass, units) }
        }
        return nil
    }

    /// What is served first among sweeps; then the pass that the worker read last; then the pass that fewest are reading.
    private func isBetter(_ first: PassIndex, than second: PassIndex, for worker: WorkerRecord) -> Bool {
        if let isFirst = isServedFirst(first, second) { return isFirst }
        if let isFirst = passes.isFirst(first, second, after: worker.lastPass) { return isFirst }
        if passes[first].leases != passes[second].leases { return passes[first].leases < passes[second].leases }
        return first < second
    }

    /// The cost that a lease for the worker should have.
    private func leaseCost(for worker: WorkerRecord) -> Double {
        let remaining = passes.pending.seconds(kinds) / max(workers.totalSpeed, 1e-6)
        let seconds = min(
            max(remaining / settings.leaseDivisor, settings.minimumLeaseSeconds), settings.maximumLeaseSeconds)
        // A worker's declared speed is a guess: its first leases are short, so that a slow one does little harm. So is
        // the one by which a suspended host shows that it is in order.
        return (worker.isMeasured && !worker.isSuspended ? seconds : settings.minimumLeaseSeconds) * worker.speed
    }

    /// The cost that the worker can do in the rest of its lifetime, beside what it holds.
    func lifetimeLimit(of worker: WorkerRecord) -> Double {
        guard let until = worker.until else { return .infinity }
        let held = worker.leases.reduce(0) { $0 + leases[$1].unfinishedCost.seconds(kinds) }
        return until.seconds(since: now) / settings.lifetimeMargin * worker.speed - held
    }

    /// Cuts a lease, and takes note that it was the turn of the pass's sweep.
    private mutating func serve(_ pass: PassIndex, to worker: WorkerRecord, lifetime: Double) -> [UnitIndex]? {
        let share = sweeps[passes[pass].sweep].share
        let start = shares.start(of: share)
        guard let units = cut(pass, for: worker, lifetime: lifetime) else { return nil }
        shares.serve(share, from: start)
        return units
    }

    private mutating func cut(_ pass: PassIndex, for worker: WorkerRecord, lifetime: Double) -> [UnitIndex]? {
        takeSuspects(of: pass, for: worker, lifetime: lifetime)
            ?? takeQueued(of: pass, for: worker, cost: min(leaseCost(for: worker), lifetime), lifetime: lifetime)
    }

    /// The first group of suspects that the worker may have.
    private mutating func takeSuspects(of pass: PassIndex, for worker: WorkerRecord, lifetime: Double) -> [UnitIndex]? {
        for queue in readableQueues(of: pass, for: worker) {
            var index = 0
            while index < passes[pass].queues[queue].suspects.count {
                let group = passes[pass].queues[queue].suspects[index].filter { isPending($0, in: pass) }
                if group.isEmpty {
                    passes[pass].queues[queue].suspects.remove(at: index)
                } else if group.contains(where: { avoids($0, worker) }) || cost(of: group) > lifetime {
                    index += 1
                } else {
                    passes[pass].queues[queue].suspects.remove(at: index)
                    return group
                }
            }
        }
        return nil
    }

    private func readableQueues(of pass: PassIndex, for worker: WorkerRecord) -> [Int] {
        passes[pass].queues.indices.filter { worker.canRead(passes[pass].queues[$0].inputs) }
    }

    /// Units from the fronts of the queues that the worker can read, up to the cost but at least one. Where that leaves
    /// room, other sweeps' units of the same layer follow.
    private mutating func takeQueued(
        of pass: PassIndex, for worker: WorkerRecord, cost limit: Double, lifetime: Double
    ) -> [UnitIndex]? {
        var cut = Cut(limit: limit, lifetime: lifetime)
        for pass in [pass] + companions(of: pass) {
            for queue in readableQueues(of: pass, for: worker) where !cut.isFull {
                take(from: queue, of: pass, for: worker, &cut)
            }
        }
        return cut.taken.isEmpty ? nil : cut.taken
    }

    /// A lease that is being cut.
    private struct Cut {
        let limit: Double
        let lifetime: Double
        var taken: [UnitIndex] = []
        var cost = 0.0
        var isFull = false
    }

    private mutating func take(from queue: Int, of pass: PassIndex, for worker: WorkerRecord, _ cut: inout Cut) {
        var passedOver: [UnitIndex] = []
        // Bounds the search: scanning a long queue for one suitable unit is not worth it.
        while passedOver.count < 256, !cut.isFull, let unit = passes[pass].queues[queue].units.popFirst() {
            guard isPending(unit, in: pass) else { continue }
            let unitCost = cost(of: unit)
            if unitCost > cut.lifetime || avoids(unit, worker) {
                passedOver.append(unit)
            } else if cut.taken.isEmpty || cut.cost + unitCost <= cut.limit {
                cut.taken.append(unit)
                // At once, because the queue may name a unit twice.
                move(unit, to: .leased)
                cut.cost += unitCost
                cut.isFull = cut.taken.count == settings.maximumLeaseUnits
            } else {
                passes[pass].queues[queue].units.prepend(unit)
                cut.isFull = true
            }
        }
        passes[pass].queues[queue].units.prepend(contentsOf: passedOver)
    }
}
