import Identities

// How sweeps share the workers.
//
// A sweep of higher priority goes first. Clients with sweeps of equal priority are served in turns, so that each gets
// the same predicted seconds; within a client, earlier sweeps go first. A unit that several sweeps want counts for the
// one that goes first: it waits in that sweep's queue of the pass, and its lease is charged to that sweep's client.
// Leases are charged when they are cut, whatever becomes of them: each attempt takes workers' time. Only what was fetched
// ahead and is taken back for a sweep of higher priority is refunded.

extension Coordinator {
    /// Changes the order of a sweep among others, for what is not leased yet.
    mutating func onPriority(_ id: SweepID, _ priority: Int) {
        guard let sweep = sweeps.index(of: id), sweeps[sweep].priority != priority else { return }
        setShare(of: sweep, client: sweeps[sweep].client, priority: priority)
        for unit in 0..<UnitIndex(units.count) where sweeps.contains(sweep, in: units[unit].wanted) { moveQueue(unit) }
        makeWay(for: sweep)
    }

    /// Takes back leases that were fetched ahead for sweeps of lower priority: the given one would wait for them beside
    /// what is in training.
    mutating func makeWay(for sweep: Int) {
        guard sweeps[sweep].counts.pending > 0 else { return }
        let waiting = leases.occupied.filter {
            isWaiting($0) && sweeps[passes[leases[$0].pass].sweep].priority < sweeps[sweep].priority
        }
        for lease in waiting {
            let held = heldUnits(of: lease)
            for unit in held { shares.refund(cost(of: unit), to: sweeps[passes[units[unit].pass].sweep].share) }
            withdraw(held, from: lease)
            requeue(held.filter { units[$0].holder < 0 })
        }
    }

    private func isWaiting(_ lease: LeaseSlot) -> Bool {
        let record = leases[lease]
        return record.beganAt == nil && !record.isCopy && !record.isAdopted && !workers[record.worker].isAway
    }

    mutating func setShare(of sweep: Int, client: String, priority: Int) {
        sweeps[sweep].client = client
        sweeps[sweep].priority = priority
        sweeps[sweep].share = shares.insert(client, priority: priority)
    }

    /// The pass in which the unit waits: that of the first of the sweeps that want it.
    mutating func pass(for unit: UnitIndex) -> PassIndex {
        let present = units[unit].pass
        guard let first = sweeps.first(of: units[unit].wanted), first != passes[present].sweep else { return present }
        return passes.insert(passes[present].id, of: first)
    }

    /// Puts a pending unit where it belongs after a change of the sweeps that want it, or of their order.
    mutating func moveQueue(_ unit: UnitIndex) {
        guard units[unit].state == .pending else { return }
        let (old, new) = (units[unit].pass, pass(for: unit))
        guard old != new else { return }
        passes.countTaken(units[unit])
        units[unit].pass = new
        passes.countPending(units[unit])
        guard units[unit].isSuspect else { return queueUp(unit) }
        let queue = passes[new].queue(of: units[unit].inputs)
        passes[new].queues[queue].suspects.append([unit])
    }

    /// Whether the unit waits in this pass; entries of queues that no longer do are passed over.
    func isPending(_ unit: UnitIndex, in pass: PassIndex) -> Bool {
        units[unit].state == .pending && units[unit].pass == pass
    }

    /// Charges a unit that is leased to the client for whom it waited.
    mutating func charge(_ unit: UnitIndex) {
        shares.charge(cost(of: unit), to: sweeps[passes[units[unit].pass].sweep].share)
    }

    /// Whether the first pass is served before the second; nil where both are of one sweep.
    func isServedFirst(_ first: PassIndex, _ second: PassIndex) -> Bool? {
        let (own, other) = (passes[first].sweep, passes[second].sweep)
        if own == other { return nil }
        if sweeps[own].priority != sweeps[other].priority { return sweeps[own].priority > sweeps[other].priority }
        let (start, otherStart) = (shares.start(of: sweeps[own].share), shares.start(of: sweeps[other].share))
        return start == otherStart ? own < other : start < otherStart
    }

    /// Other open passes of the same layer and priority, whose units may fill a lease: one reading trains them as well.
    func companions(of pass: PassIndex) -> [PassIndex] {
        let priority = sweeps[passes[pass].sweep].priority
        return passes.open
            .filter { $0 != pass && passes.haveSameLayer($0, pass) && sweeps[passes[$0].sweep].priority == priority }
            .sorted { isServedFirst($0, $1) ?? ($0 < $1) }
    }
}

// MARK: Time to go

extension Coordinator {
    /// Predicted seconds until each sweep is done, by index; nil for those with nothing left, and while no worker can
    /// be counted on.
    ///
    /// Clients of one priority are taken to share the workers evenly from now on: when each has got `x` seconds of
    /// work, all together have got the sum of min(x, what they want).
    ///
    /// - Parameter whole: seconds until everything is done.
    func secondsToGo(within whole: Double?) -> [Double?] {
        guard let whole, workers.totalSpeed > 0 else { return sweeps.records.map { _ in nil } }
        let left = sweeps.records.map { $0.isCancelled ? 0 : $0.unfinishedCost.seconds(kinds) }
        let wanting = sweeps.records.indices.filter { sweeps[$0].counts.unfinished > 0 && !sweeps[$0].isCancelled }
        let byShare = Dictionary(grouping: wanting) { sweeps[$0].share }
        var seconds: [Double?] = sweeps.records.map { _ in nil }
        var before = 0.0
        for priority in Set(wanting.map { sweeps[$0].priority }).sorted(by: >) {
            let level = byShare.filter { shares.shares[$0.key].priority == priority }.values
            let wants = level.map { $0.reduce(0) { $0 + left[$1] } }.sorted()
            for share in level {
                var own = 0.0
                for sweep in share {
                    own += left[sweep]
                    let served = wants.reduce(before) { $0 + min($1, own) }
                    // Units that several sweeps want are counted for each, but trained once.
                    seconds[sweep] = min(served / workers.totalSpeed, whole)
                }
            }
            before += wants.reduce(0, +)
        }
        for (sweep, longest) in longestHolds() { seconds[sweep] = seconds[sweep].map { max($0, longest) } }
        return seconds
    }

    /// Seconds until the slowest worker has done what it holds for each sweep.
    private func longestHolds() -> [Int: Double] {
        var longest: [Int: Double] = [:]
        for worker in workers.occupied {
            let record = workers[worker]
            let seconds = record.leases.reduce(0) { $0 + leases[$1].remainingCost(kinds) } / record.speed
            for lease in record.leases { longest[passes[leases[lease].pass].sweep, default: 0].formMax(seconds) }
        }
        return longest
    }
}

extension Double {
    fileprivate mutating func formMax(_ other: Double) { self = max(self, other) }
}
