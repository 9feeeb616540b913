/// A registered peer's place in the ``WorkerTable``.
typealias WorkerSlot = Int32

/// What the coordinator keeps of a registered peer.
struct WorkerRecord: Sendable, Codable {
    let peer: PeerID
    let name: String
    /// Tells this occupant of the slot from those before it.
    let serial: Int
    var threads: Int
    /// Cost done per second, as the worker says.
    let declaredSpeed: Double
    /// Cost done per second: declared at first, then measured.
    var speed: Double
    /// False while `speed` is only what the worker said.
    var isMeasured = false
    /// When it will be gone, nil if it knows of no end.
    var until: Instant?
    var lastLife: Instant
    /// Seconds without life after which it is dead: fewer once a namesake has come to take its place.
    var patience: Double
    /// Held leases, first the one that is in training or will be next.
    var leases: [LeaseSlot] = []
    /// The pass it read last.
    var lastPass: PassIndex = -1
    var isDraining = false
    var isSuspended = false
    /// Nothing is leased to it before this instant, because its last leases came to nothing.
    var restsUntil: Instant?
    /// Leases in a row of which every unit failed.
    var fruitlessLeases = 0
    /// Where it stands among workers that could take a lease.
    var place = LineUp.Place.none

    /// May be handed leases at all.
    var isAble: Bool { !isDraining && !isSuspended }
}

/// What is remembered of a worker's name over its incarnations.
struct NameRecord: Sendable, Codable {
    var finished = 0
    var failed = 0
    var suspension: String?
    /// Its measured speed, nil before its first lease has ended.
    var pace: WorkerPace?
    /// Registered peers of the name that may be handed leases.
    var able = 0
    /// What its last death was charged to.
    var lastCharges: [Receipt] = []
}

/// All registered peers, in reused slots, and what is known of their names.
struct WorkerTable: Sendable, Codable {
    private(set) var records: [WorkerRecord?] = []
    private var free: [WorkerSlot] = []
    private var slots: [PeerID: WorkerSlot] = [:]
    private var slotsOfName: [String: [WorkerSlot]] = [:]
    private var joined = 0
    var names: [String: NameRecord] = [:]
    /// Names of which at least one peer may be handed leases.
    private(set) var ableNames: Set<String> = []
    /// The speeds of all peers that may be handed leases.
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

    func slot(of peer: PeerID) -> WorkerSlot? { slots[peer] }

    /// The registered peers of the name, in the order in which they joined.
    func slots(of name: String) -> [WorkerSlot] { slotsOfName[name] ?? [] }

    /// Whether the slot is still occupied by the peer that joined as number `serial`.
    func isOccupied(_ slot: WorkerSlot, by serial: Int) -> Bool { records[Int(slot)]?.serial == serial }

    mutating func insert(_ peer: PeerID, _ hello: WorkerHello, patience: Double, at now: Instant) -> WorkerSlot {
        joined += 1
        let (declared, pace) = (max(hello.speed, 1e-6), names[hello.name]?.pace?.factor)
        let record = WorkerRecord(
            peer: peer, name: hello.name, serial: joined, threads: hello.threads, declaredSpeed: declared,
            speed: declared * (pace ?? 1), isMeasured: pace != nil, until: hello.lifetime.map { now + $0 },
            lastLife: now, patience: patience,
            isSuspended: names[hello.name]?.suspension != nil)
        let slot: WorkerSlot
        if let reused = free.popLast() {
            slot = reused
            records[Int(slot)] = record
        } else {
            slot = WorkerSlot(records.count)
            records.append(record)
        }
        slots[peer] = slot
        slotsOfName[hello.name, default: []].append(slot)
        if record.isAble { countAble(record, 1) }
        return slot
    }

    mutating func remove(_ slot: WorkerSlot) {
        let record = self[slot]
        if record.isAble { countAble(record, -1) }
        slots[record.peer] = nil
        slotsOfName[record.name]?.removeAll { $0 == slot }
        if slotsOfName[record.name] == [] { slotsOfName[record.name] = nil }
        records[Int(slot)] = nil
        free.append(slot)
    }

    /// Changes what decides whether, and how fast, a worker takes leases, and keeps the sums right.
    mutating func update(_ slot: WorkerSlot, _ change: (inout WorkerRecord) -> Void) {
        if self[slot].isAble { countAble(self[slot], -1) }
        change(&self[slot])
        if self[slot].isAble { countAble(self[slot], 1) }
    }

    private mutating func countAble(_ record: WorkerRecord, _ change: Int) {
        let able = names[record.name, default: NameRecord()].able + change
        names[record.name, default: NameRecord()].able = able
        if able == 0 { ableNames.remove(record.name) } else { ableNames.insert(record.name) }
        totalSpeed = ableNames.isEmpty ? 0 : max(0, totalSpeed + Double(change) * record.speed)
    }
}
