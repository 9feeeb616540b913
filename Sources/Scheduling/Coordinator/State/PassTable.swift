import DequeModule
import Identities

/// The units of one pass that read the same, as far as they are pending.
struct PassQueue: Sendable, Codable {
    let inputs: InputIndex
    /// Pending units in the order in which leases are cut. Deletion is lazy: an entry is valid only while its unit is
    /// pending in this pass, so that changing a unit's state removes it from the middle.
    var units = Deque<UnitIndex>()
    /// Groups of suspects; each is leased alone.
    var suspects = Deque<[UnitIndex]>()
    /// Pending units, in the queue and among suspects, and their cost.
    var pendingUnits = 0
    var cost = CostSum()
}

/// What waits of one pass for one sweep. A pass that units of several sweeps share has a record for each.
struct PassRecord: Sendable, Codable {
    let id: PassID
    /// The index of the sweep that its units count for.
    let sweep: Int
    /// Passes of one number read the same.
    let layer: Int32
    /// One for each of the inputs of its units, in the order of their submission: few.
    var queues: [PassQueue] = []
    /// How many of its leases are outstanding.
    var leases = 0

    var pendingUnits: Int { queues.reduce(0) { $0 + $1.pendingUnits } }

    /// The queue of the inputs, made if there is none.
    mutating func queue(of inputs: InputIndex) -> Int {
        if let known = queues.firstIndex(where: { $0.inputs == inputs }) { return known }
        queues.append(PassQueue(inputs: inputs))
        return queues.count - 1
    }
}

/// All passes, and which of them have something to lease.
struct PassTable: Sendable, Codable {
    private(set) var records: [PassRecord] = []
    /// By layer, the records of all sweeps.
    private var layers: [[PassIndex]] = []
    private var layerNumbers: [PassID: Int32] = [:]
    /// Passes with pending units that a worker can read. There are only as many passes as layers in unfinished sweeps, so
    /// a scan is cheap.
    private(set) var open: [PassIndex] = []
    /// The cost of all pending units that a worker can read.
    private(set) var pending = CostSum()
    /// By input: whether a worker can read it.
    private var isServed: [Bool] = [true]

    subscript(pass: PassIndex) -> PassRecord {
        _read { yield records[Int(pass)] }
        _modify { yield &records[Int(pass)] }
    }

    func haveSameLayer(_ first: PassIndex, _ second: PassIndex) -> Bool { self[first].layer == self[second].layer }

    func isServed(_ inputs: InputIndex) -> Bool { Int(inputs) < isServed.count && isServed[Int(inputs)] }

    /// Whether the first is of the layer that was read last and the second is not, or the reverse; nil where that makes
    /// no difference.
    func isFirst(_ first: PassIndex, _ second: PassIndex, after last: PassIndex) -> Bool? {
        guard last >= 0 else { return nil }
        let (isFirst, isSecond) = (haveSameLayer(first, last), haveSameLayer(second, last))
        return isFirst == isSecond ? nil : isFirst
    }

    /// The sweep's record of the pass, made if there is none.
    mutating func insert(_ id: PassID, of sweep: Int) -> PassIndex {
        let layer = number(ofLayer: id)
        if let known = layers[Int(layer)].first(where: { self[$0].sweep == sweep }) { return known }
        let index = PassIndex(records.count)
        records.append(PassRecord(id: id, sweep: sweep, layer: layer))
        layers[Int(layer)].append(index)
        return index
    }

    private mutating func number(ofLayer id: PassID) -> Int32 {
        if let known = layerNumbers[id] { return known }
        let number = Int32(layers.count)
        layers.append([])
        layerNumbers[id] = number
        return number
    }

    /// Counts a unit that became pending.
    mutating func countPending(_ unit: UnitRecord) {
        let pass = unit.pass
        let queue = self[pass].queue(of: unit.inputs)
        self[pass].queues[queue].pendingUnits += 1
        self[pass].queues[queue].cost.add(Double(unit.cost), of: unit.kind)
        guard isServed(unit.inputs) else { return }
        pending.add(Double(unit.cost), of: unit.kind)
        if self[pass].queues[queue].pendingUnits == 1 { updateOpen(pass) }
    }

    /// Counts a unit that is pending no more.
    mutating func countTaken(_ unit: UnitRecord) {
        let pass = unit.pass
        let queue = self[pass].queue(of: unit.inputs)
        self[pass].queues[queue].pendingUnits -= 1
        self[pass].queues[queue].cost.subtract(Double(unit.cost), of: unit.kind)
        if isServed(unit.inputs) { pending.subtract(Double(unit.cost), of: unit.kind) }
        guard self[pass].queues[queue].pendingUnits == 0 else { return }
        self[pass].queues[queue].units.removeAll()
        self[pass].queues[queue].suspects.removeAll()
        updateOpen(pass)
    }

    /// Says whether a worker can read the input.
    mutating func setServed(_ inputs: InputIndex, _ served: Bool) {
        guard isServed(inputs) != served else { return }
        while isServed.count <= Int(inputs) { isServed.append(false) }
        isServed[Int(inputs)] = served
        for pass in records.indices {
            for queue in records[pass].queues where queue.inputs == inputs && queue.pendingUnits > 0 {
                if served { pending.add(queue.cost) } else { pending.subtract(queue.cost) }
                updateOpen(PassIndex(pass))
            }
        }
    }

    private mutating func updateOpen(_ pass: PassIndex) {
        let isOpen = self[pass].queues.contains { $0.pendingUnits > 0 && isServed($0.inputs) }
        guard open.contains(pass) != isOpen else { return }
        if isOpen { open.append(pass) } else { open.removeAll { $0 == pass } }
    }
}

extension Coordinator {
    /// Puts a pending unit to the end of its queue.
    mutating func queueUp(_ unit: UnitIndex) {
        let (pass, inputs) = (units[unit].pass, units[unit].inputs)
        let queue = passes[pass].queue(of: inputs)
        passes[pass].queues[queue].units.append(unit)
    }
}
