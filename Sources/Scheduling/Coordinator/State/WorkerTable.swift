import Identities

/// A registered worker's index in the ``WorkerTable``.
typealias WorkerSlot = Int32

/// What the coordinator keeps of a registered worker.
struct WorkerRecord: Sendable, Codable {
    let holder: LeaseHolder
    let host: String
    let machine: String
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
    /// Its host is suspended.
    var isSuspended = false
    /// Whether it may have one lease to show that its host is in order again.
    var probing = Probing.none
    /// What it said it can read, and why it cannot read the rest.
    var readable: Set<InputIndex> = []
    var problems: [InputIndex: String] = [:]
    /// Folders below which it looks for features.
    var roots: [String] = []
    /// When it was last asked what it can read.
    var askedAt = Instant(nanoseconds: .min)
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
    var canTakeLeases: Bool { !isDraining && !isAway && (!isSuspended || probing == .due) }
    /// Whether the cluster can count on its speed: not while it said that it can read nothing.
    var isUseful: Bool { isEligible && (!readable.isEmpty || problems.isEmpty) }
    var witness: Witness { Witness(machine: machine, key: holder.key) }

    func canRead(_ inputs: InputIndex) -> Bool { inputs == 0 || readable.contains(inputs) }

    /// Whether it has not even said once that it can.
    func hasNeverRead(_ inputs: InputIndex) -> Bool { !canRead(inputs) && problems[inputs] == nil }
}

/// How a new process on a suspended host shows that the host is in order.
enum Probing: UInt8, Sendable, Codable {
    case none
    /// It is to be given one lease.
    case due
    /// It has been.
    case spent
}

/// What is remembered of a worker's name across its incarnations.
struct NameRecord: Sendable, Codable {
    var finished = 0
    var failed = 0
    /// Its measured speed, nil before its first lease has ended.
    var pace: WorkerPace?
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
    /// Workers whose speed counts.
    private var useful = 0
    var names: [String: NameRecord] = [:]
    /// By input: who can read it, with the number of workers that may be handed leases.
    private(set) var readers: [[Witness: Int]] = [[:]]
    /// Inputs that nobody could read before, or nobody can read now.
    private var changedInputs: Set<InputIndex> = []
    /// The total speed of all workers that may be handed leases and can read anything.
    private(set) var totalSpeed = 0.0

    var count: Int { slots.count }
    /// The mean speed of the workers whose speed counts; nil while there are none.
    var meanSpeed: Double? { useful > 0 && totalSpeed > 0 ? totalSpeed / Double(useful) : nil }
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
    mutating func insert(
        _ hello: WorkerHello, key: String, isSuspended: Bool, patience: Double, at now: Instant
    ) -> WorkerSlot {
        joined += 1
        // Clamped far beyond any real machine, so that sums of speeds stay finite whatever a worker claims.
        let declared = min(max(hello.speed, 1e-6), 1e6)
        let pace = names[hello.name]?.pace?.factor
        let record = WorkerRecord(
            holder: LeaseHolder(id: hello.id, name: hello.name, key: key), host: hello.host,
            machine: Witness.machine(of: hello), kernelPath: hello.kernelPath, programVersion: hello.programVersion,
            serial: joined, threads: hello.threads,
            declaredSpeed: declared, speed: declared * (pace ?? 1), isMeasured: pace != nil,
            until: hello.lifetime.map { now + $0 }, lastHeard: now, patience: patience,
            isSuspended: isSuspended, probing: isSuspended ? .due : .none)
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
        count(record, 1)
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
        count(record, -1)
        slots[record.id] = nil
        if let address = record.address { slotsOfAddress[address] = nil }
        slotsOfName[record.name]?.removeAll { $0 == slot }
        if slotsOfName[record.name] == [] { slotsOfName[record.name] = nil }
        records[Int(slot)] = nil
        free.append(slot)
    }

    /// Changes what decides whether, and how fast, a worker takes leases, and keeps the sums right.
    mutating func update(_ slot: WorkerSlot, _ change: (inout WorkerRecord) -> Void) {
        let before = self[slot]
        change(&self[slot])
        let after = self[slot]
        // Speeds change with every lease, what is read seldom.
        guard before.isEligible != after.isEligible || before.readable != after.readable else {
            countSpeed(before, -1)
            return countSpeed(after, 1)
        }
        count(before, -1)
        count(after, 1)
    }

    private mutating func count(_ record: WorkerRecord, _ change: Int) {
        guard record.isEligible else { return }
        count(record.witness, change, of: 0)
        for inputs in record.readable { count(record.witness, change, of: inputs) }
        countSpeed(record, change)
    }

    private mutating func countSpeed(_ record: WorkerRecord, _ change: Int) {
        guard record.isUseful else { return }
        useful += change
        // Resets the drift of floating-point sums once nobody is left.
        totalSpeed = useful == 0 ? 0 : max(0, totalSpeed + Double(change) * record.speed)
    }

    private mutating func count(_ witness: Witness, _ change: Int, of inputs: InputIndex) {
        while readers.count <= Int(inputs) { readers.append([:]) }
        let wasRead = !readers[Int(inputs)].isEmpty
        let count = readers[Int(inputs)][witness, default: 0] + change
        readers[Int(inputs)][witness] = count == 0 ? nil : count
        if wasRead == readers[Int(inputs)].isEmpty { changedInputs.insert(inputs) }
    }

    /// Who can read the input and may be handed leases.
    func witnesses(reading inputs: InputIndex) -> Dictionary<Witness, Int>.Keys {
        Int(inputs) < readers.count ? readers[Int(inputs)].keys : [:].keys
    }

    /// Whether some worker said that it cannot read the input.
    func isLookedFor(_ inputs: InputIndex) -> Bool { records.contains { $0?.problems[inputs] != nil } }

    /// Inputs for which the answer to whether anybody can read them may have changed, in order.
    mutating func takeChangedInputs() -> [InputIndex] {
        guard !changedInputs.isEmpty else { return [] }
        defer { changedInputs = [] }
        return changedInputs.subtracting([0]).sorted()
    }
}
