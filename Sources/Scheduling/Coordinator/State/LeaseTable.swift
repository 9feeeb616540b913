import Identities

/// What the coordinator keeps of a lease that is out.
struct LeaseRecord: Sendable, Codable {
    let attempt: Attempt
    let worker: WorkerSlot
    let pass: PassIndex
    /// The units that it was cut with; those that it still holds name it as their holder.
    let units: [UnitIndex]
    let sentAt: Instant
    let isCopy: Bool
    /// Units that it still holds, and their cost.
    var unfinished: Int
    var unfinishedCost: CostSum
    /// Cost of the units that its worker finished.
    var finishedCost = CostSum()
    /// Units that its worker reported as failed.
    var failed = 0
    /// Adopted from a worker that had it already: when it began is unknown.
    var isAdopted = false
    /// When it became the first of its worker's leases.
    var beganAt: Instant?
    /// The worker says that it is in training.
    var isTraining = false
    var progress = 0.0
    /// Why its worker takes the pass for stuck; nil if it does not.
    var stuck: String?

    /// Cost that is left, by progress or by the remaining units, whichever is less.
    func remainingCost(_ kinds: CostKindTable) -> Double {
        let unfinished = unfinishedCost.seconds(kinds)
        return min(unfinished, (unfinished + finishedCost.seconds(kinds)) * (1 - progress))
    }
}

/// All outstanding leases, in reused slots.
struct LeaseTable: Sendable, Codable {
    private(set) var records: [LeaseRecord?] = []
    private var free: [LeaseSlot] = []
    private var slots: [Attempt: LeaseSlot] = [:]

    var count: Int { slots.count }
    var occupied: some Sequence<LeaseSlot> {
        records.indices.lazy.filter { records[$0] != nil }.map { LeaseSlot($0) }
    }

    /// The slot must be occupied.
    subscript(slot: LeaseSlot) -> LeaseRecord {
        get {
            guard let record = records[Int(slot)] else { invariantFailure("Lease slot \(slot) is free.") }
            return record
        }
        _modify {
            guard var record = records[Int(slot)] else { invariantFailure("Lease slot \(slot) is free.") }
            records[Int(slot)] = nil
            defer { records[Int(slot)] = record }
            yield &record
        }
    }

    func slot(of attempt: Attempt) -> LeaseSlot? { slots[attempt] }

    mutating func insert(_ record: LeaseRecord) -> LeaseSlot {
        let slot: LeaseSlot
        if let reused = free.popLast() {
            slot = reused
            records[Int(slot)] = record
        } else {
            slot = LeaseSlot(records.count)
            records.append(record)
        }
        slots[record.attempt] = slot
        return slot
    }

    mutating func remove(_ slot: LeaseSlot) {
        slots[self[slot].attempt] = nil
        records[Int(slot)] = nil
        free.append(slot)
    }
}
