import DequeModule

// The tail of the work, when workers idle while stragglers still hold units.
//
// First, work stealing: leases that were fetched ahead and have not begun go to the idle. Then speculative copies:
// units in training run a second time where that is likely to be sooner; the first result wins, and the fence drops the
// other.

extension Coordinator {
    mutating func serveTail() {
        guard passes.open.isEmpty, leases.count > 0, hasIdleWorker() else {
            nextTailCheck = .distantFuture
            return
        }
        // Scanning all leases is O(n), so it is rate-limited.
        let due = lastTailCheck + settings.tailInterval
        guard now >= due else {
            nextTailCheck = due
            return
        }
        lastTailCheck = now
        nextTailCheck = now + settings.tailInterval
        redistributeWaiting()
        leasePending()
        if passes.open.isEmpty { copyTraining() }
    }

    /// Removes workers from the ready queue that are no longer idle, until one is.
    private mutating func hasIdleWorker() -> Bool {
        while let entry = readyQueue.popIdle() {
            guard dequeue(entry, .idle) else { continue }
            workers[entry.worker].membership = .idle
            readyQueue.prependIdle(entry)
            return true
        }
        return false
    }

    /// Seconds until the worker's first lease is likely to end.
    private func remainingSeconds(of worker: WorkerSlot) -> Double {
        guard let first = workers[worker].leases.first else { return 0 }
        let lease = leases[first]
        let elapsed = lease.beganAt.map { now.seconds(since: $0) } ?? 0
        if lease.progress > 0 { return elapsed * (1 - lease.progress) / lease.progress }
        let predicted = lease.unfinishedCost.seconds(kinds) / workers[worker].speed
        // Whatever has lasted longer than predicted is likely to last as long again.
        return predicted > elapsed ? predicted - elapsed : elapsed
    }

    /// Steals leases that have not begun, the longest wait first, one for each idle worker.
    private mutating func redistributeWaiting() {
        let waiting = workers.occupied
            .filter { workers[$0].leases.count > 1 && !workers[$0].isAway }
            .map { (worker: $0, seconds: remainingSeconds(of: $0)) }
            .filter { $0.seconds > settings.minimumCopySeconds }
            .sorted { ($0.seconds, $1.worker) > ($1.seconds, $0.worker) }
        let idle = readyQueue.idle.filter { workers.isOccupied($0.worker, by: $0.serial) }.map { workers[$0.worker] }
        var stolen = 0
        for (worker, _) in waiting where stolen < idle.count {
            guard let lease = workers[worker].leases.last, leases[lease].beganAt == nil else { continue }
            let held = heldUnits(of: lease)
            // Else nobody could take what is taken back.
            guard idle.contains(where: { helper in held.allSatisfy { helper.canRead(units[$0].inputs) } }) else {
                continue
            }
            withdraw(held, from: lease)
            requeue(held.filter { units[$0].holder < 0 })
            stolen += 1
        }
    }

    /// A lease in training that could be copied in part.
    private struct Candidate {
        var lease: LeaseSlot
        var seconds: Double
        var speed: Double
        /// Held by nobody else, and not suspected of killing workers: one death at a time is enough.
        var units: [UnitIndex]
    }

    /// Makes speculative copies of units in training, those of the longest straggler first.
    private mutating func copyTraining() {
        let candidates = workers.occupied
            .compactMap { candidate(of: $0) }
            .sorted { ($0.seconds, $1.lease) > ($1.seconds, $0.lease) }
        var helpers = Deque<WorkerSlot>()
        let copyable = candidates.reduce(0) { $0 + $1.units.count }
        while helpers.count < copyable, let entry = readyQueue.popIdle() {
            if dequeue(entry, .idle) { helpers.append(entry.worker) }
        }
        for candidate in candidates {
            guard !helpers.isEmpty else { break }
            let chosen = Array(helpers.prefix(candidate.units.count))
            helpers.removeFirst(chosen.count)
            helpers.append(contentsOf: copy(candidate, to: chosen))
        }
        for helper in helpers { enqueue(helper) }
    }

    private func candidate(of worker: WorkerSlot) -> Candidate? {
        // A worker that is away is likely to be back within the time that a copy would take.
        guard !workers[worker].isAway, let lease = workers[worker].leases.first else { return nil }
        let seconds = remainingSeconds(of: worker)
        guard seconds > settings.minimumCopySeconds else { return nil }
        let single = heldUnits(of: lease).filter { !units.isCopied($0) && !units[$0].isSuspect }
        guard !single.isEmpty else { return nil }
        return Candidate(lease: lease, seconds: seconds, speed: workers[worker].speed, units: single)
    }

    /// Divides the candidate's units among helpers and their holder by speed, as far as that is likely to be sooner.
    /// - Returns: The helpers that got none.
    private mutating func copy(_ candidate: Candidate, to helpers: [WorkerSlot]) -> [WorkerSlot] {
        var rest = candidate.units
        let total = cost(of: rest)
        let holderSpeed = total / candidate.seconds
        let speed = helpers.reduce(holderSpeed) { $0 + workers[$1].speed }
        var unused: [WorkerSlot] = []
        for helper in helpers {
            let worker = workers[helper]
            let share = takeShare(of: &rest, cost: total * worker.speed / speed, for: worker)
            let shareCost = cost(of: share)
            guard !share.isEmpty, shareCost / worker.speed < candidate.seconds, shareCost <= lifetimeLimit(of: worker)
            else {
                rest += share
                unused.append(helper)
                continue
            }
            send(share, of: leases[candidate.lease].pass, to: helper, isCopy: true)
            note(.leaseCopied(worker.name, leases[candidate.lease].attempt, units: share.count))
        }
        return unused
    }

    /// Units from the end, up to the cost but at least one.
    private func takeShare(of rest: inout [UnitIndex], cost limit: Double, for worker: WorkerRecord) -> [UnitIndex] {
        var share: [UnitIndex] = []
        var shareCost = 0.0
        while let unit = rest.last, share.isEmpty || shareCost + cost(of: unit) <= limit {
            guard !avoids(unit, worker), worker.canRead(units[unit].inputs) else { break }
            share.append(unit)
            shareCost += cost(of: unit)
            rest.removeLast()
        }
        return share.reversed()
    }
}
