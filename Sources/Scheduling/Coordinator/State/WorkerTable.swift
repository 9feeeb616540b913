import Identities

/// A registered worker's index in the ``WorkerTable``.
typealias WorkerSlot = Int32

/// What the coordinator keeps of a registered worker.
struct WorkerRecord: Sendable, Codable {
    let holder: LeaseHolder
    let host: String
    let kernelPath: String
    let programVersion: String
    /// Where it can be reached, nil while it is away.
    var address: Address?
    /// When an away worker is given up.
    var awayUntil: Instant?
    /// Why its last connection was lost.
    var awayReason: String?
    /// Distinguishes this occupant of the slot from earlier ones.
    let serial: Int
    var threads: Int
    /// Cost done per second, as the worker declares.
    let declaredSpeed: Double
    /// Cost done per second: declared at first, then measured.
    var speed: Double
    /// False while `speed` is only declared.
    var isMeasured = false
    /// When it will be gone, nil if it knows of no end.
    var until: Instant?
    var lastHeard: Instant
    /// Seconds of silence after which it is dead: fewer once a namesake has come to replace it.
    var patience: Double
    /// Held leases, first the one that is in training or will be next.
    var leases: [LeaseSlot] = []
    /// The pass it read last.
    var lastPass: PassIndex = -1
    var isDraining = false
    var isSuspended = false
    /// Backoff: nothing is leased to it before this instant, because its last leases failed.
    var backoffEnd: Instant?
    /// Consecutive leases of which every unit failed.
    var consecutiveFailedLeases = 0
    /// Its list in the ready queue.
    var membership = ReadyQueue.Membership.none

    var id: WorkerID { holder.id }
    var name: String { holder.name }
    var isAway: Bool { address == nil }

    /// May be handed leases, now or when it is back.
    var isEligible: Bool { !isDraining && !isSuspended }
    /// May be handed leases now.
    var canTakeLeases: Bool { isEligible && !isAway }
}

/// What is remembered of a worker's name across its incarnations.
struct NameRecord: Sendable, Codable {
    var finished = 0
    var failed = 0
    var suspension: String?
    /// Its measured speed, nil before its first lease has ended.
    var pace: WorkerPace?
    /// Registered workers of the name that may be handed leases.
    var eligibleWorkers = 0
    /// What its last death was charged to.
    var lastCharges: [Receipt] = []
}

/// All registered workers, in reused slots, and what is known of their names.
struct WorkerTable: Sendable, Codable {
    private(set) var records: [WorkerRecord?] = []
    private var free: [WorkerSlot] = []
    private var slots: [WorkerID: WorkerSlot] = [:]
    private var slotsOfAddress: [Address: WorkerSlot] = [:]
    private var slotsOfName: [String: [WorkerSlot]] = [:]
    private var joined = 0
    var names: [String: NameRecord] = [:]
    /// Names with at least one worker that may be handed leases.
    private(set) var eligibleNames: Set<String> = []
    /// The total speed of all workers that may be handed leases.
    private(set) var totalSpeed = 0.0

    var count: Int { slots.count }
    var occupied: some Sequence<WorkerSlot> {
        records.indices.lazy.filter { records[$0] != nil }.map { WorkerSlot($0) }
    }

    /// The slot must be occupied.
    subscript(slot: WorkerSlot) -> WorkerRecord {
        get {
            guard let record = records[Int(slot)] else { invariantFailure("Worker slot \(slot) is free.") }
            return record
        }
        _modify {
            guard var record = records[Int(slot)] else { invariantFailure("Worker slot \(slot) is free.") }
            records[Int(slot)] = nil
            defer { records[Int(slot)] = record }
            yield &record
        }
    }

    func slot(of id: WorkerID) -> WorkerSlot? { slots[id] }

    func slot(at address: Address) -> WorkerSlot? { slotsOfAddress[address] }

    /// The registered workers of the name, in the order in which they joined.
    func slots(of name: String) -> [WorkerSlot] { slotsOfName[name] ?? [] }

    /// Whether the slot is still occupied by the worker that joined as number `serial`.
    func isOccupied(_ slot: WorkerSlot, by serial: Int) -> Bool { records[Int(slot)]?.serial == serial }

    /// Inserts a worker, which is still to be connected.
    mutating func insert(_ hello: WorkerHello, key: String, patience: Double, at now: Instant) -> WorkerSlot {
        joined += 1
        // Clamped far beyond any real machine, so that sums of speeds stay finite whatever a worker claims.
        let declared = min(max(hello.speed, 1e-6), 1e6)
        let pace = names[hello.name]?.pace?.factor
        let record = WorkerRecord(
            holder: LeaseHolder(id: hello.id, name: hello.name, key: key), host: hello.host,
            kernelPath: hello.kernelPath, programVersion: hello.programVersion, serial: joined, threads: hello.threads,
            declaredSpeed: declared, speed: declared * (pace ?? 1), isMeasured: pace != nil,
            until: hello.lifetime.map { now + $0 }, lastHeard: now, patience: patience,
            isSuspended: names[hello.name]?.suspension != nil)
        let slot: WorkerSlot
        if let reused = free.popLast() {
            slot = reused
            records[Int(slot)] = record
        } else {
            slot = WorkerSlot(records.count)
            records.append(record)
        }
        slots[hello.id] = slot
        slotsOfName[hello.name, default: []].append(slot)
        if record.isEligible { count(record, 1) }
        return slot
    }

    /// The worker is reached at this address from now on, and at no other.
    mutating func connect(_ slot: WorkerSlot, to address: Address) {
        disconnect(slot)
        self[slot].address = address
        self[slot].awayUntil = nil
        slotsOfAddress[address] = slot
    }

    /// The worker has no address any more.
    mutating func disconnect(_ slot: WorkerSlot) {
        if let address = self[slot].address { slotsOfAddress[address] = nil }
        self[slot].address = nil
    }

    mutating func remove(_ slot: WorkerSlot) {
        let record = self[slot]
        if record.isEligible { count(record, -1) }
        slots[record.id] = nil
        if let address = record.address { slotsOfAddress[address] = nil }
        slotsOfName[record.name]?.removeAll { $0 == slot }
        if slotsOfName[record.name] == [] { slotsOfName[record.name] = nil }
        records[Int(slot)] = nil
        free.append(slot)
    }

    /// Changes what decides whether, and how fast, a worker takes leases, and keeps the sums right.
    mutating func update(_ slot: WorkerSlot, _ change: (inout WorkerRecord) -> Void) {
        if self[slot].isEligible { count(self[slot], -1) }
        change(&self[slot])
        if self[slot].isEligible { count(self[slot], 1) }
    }

    private mutating func count(_ record: WorkerRecord, _ change: Int) {
        let eligibleWorkers = names[record.name, default: NameRecord()].eligibleWorkers + change
        names[record.name, default: NameRecord()].eligibleWorkers = eligibleWorkers
        if eligibleWorkers == 0 { eligibleNames.remove(record.name) } else { eligibleNames.insert(record.name) }
        totalSpeed = eligibleNames.isEmpty ? 0 : max(0, totalSpeed + Double(change) * record.speed)
    }
}
