/// What is left to do, and how many workers would be of use for it.
package struct WorkersWanted: Sendable, Equatable, Codable {
    /// Seconds that one worker of mean speed would need for everything that waits or is leased. The mean is that of the
    /// workers that may be handed leases; without any it is 1, the speed that costs are predicted for.
    ///
    /// Units that some worker looked for and none can read are left out: further workers are likely to find as little.
    package var workerSecondsToGo: Double
    /// Units that wait or are leased, those included that no worker can read.
    package var unfinishedUnits: Int

    package init(workerSecondsToGo: Double, unfinishedUnits: Int) {
        self.workerSecondsToGo = workerSecondsToGo
        self.unfinishedUnits = unfinishedUnits
    }

    /// Seconds within which everything is to be done, where nobody says otherwise.
    package static let standardTarget = 1_800.0

    /// Nothing is left.
    package static let none = WorkersWanted(workerSecondsToGo: 0, unfinishedUnits: 0)

    /// How many workers would end the work within the target: at least one while anything is left, and at most one for
    /// each unfinished unit, because a lease has at least one.
    ///
    /// - Parameters:
    ///   - target: seconds within which everything is to be done. A target that is not more than zero asks for as many
    ///     workers as there is work for.
    ///   - atLeast: what is wanted however little is left, within the number of unfinished units; 0 once nothing is.
    ///   - atMost: the upper bound, which goes before the lower one.
    package func count(target seconds: Double, atLeast: Int = 1, atMost: Int = .max) -> Int {
        guard unfinishedUnits > 0 else { return 0 }
        let most = max(0, min(unfinishedUnits, atMost))
        let needed = (workerSecondsToGo / seconds).rounded(.up)
        guard seconds > 0, needed < Double(most) else { return most }
        return min(max(Int(needed), atLeast, 1), most)
    }
}

extension Coordinator {
    /// What is left to do, in all sweeps.
    package var workersWanted: WorkersWanted {
        var left = WorkersWanted.none
        var isLookedFor: [InputIndex: Bool] = [:]
        for queue in passes.records.lazy.flatMap(\.queues) where queue.pendingUnits > 0 {
            left.unfinishedUnits += queue.pendingUnits
            if !passes.isServed(queue.inputs), isLookedFor[queue.inputs] == nil {
                isLookedFor[queue.inputs] = workers.isLookedFor(queue.inputs)
            }
            if isLookedFor[queue.inputs] != true { left.workerSecondsToGo += queue.cost.seconds(kinds) }
        }
        // Units that are held twice are counted once.
        left.unfinishedUnits -= units.copyHolders.count
        for lease in leases.occupied {
            left.unfinishedUnits += leases[lease].unfinished
            left.workerSecondsToGo += leases[lease].remainingCost(kinds) * shareOfItsOwn(lease)
        }
        left.workerSecondsToGo /= workers.meanSpeed ?? 1
        return left
    }

    /// The share of a lease's units that it counts for, 0 … 1: a copy those that no other lease holds any more.
    private func shareOfItsOwn(_ lease: LeaseSlot) -> Double {
        let record = leases[lease]
        guard record.isCopy, record.unfinished > 0 else { return 1 }
        return Double(record.units.count { units[$0].holder == lease }) / Double(record.unfinished)
    }
}
