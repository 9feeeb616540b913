import DequeModule
import Identities

/// What waits of one pass for one sweep. A pass that units of several sweeps share has a record for each.
struct PassRecord: Sendable, Codable {
    let id: PassID
    /// The index of the sweep that its units count for.
    let sweep: Int
    /// Passes of one number read the same.
    let layer: Int32
    /// Pending units in the order in which leases are cut. Deletion is lazy: an entry is valid only while its unit is
    /// pending in this pass, so that changing a unit's state removes it from the middle.
    var queue = Deque<UnitIndex>()
    /// Groups of suspects; each is leased alone.
    var suspects = Deque<[UnitIndex]>()
    /// Pending units, in the queue and among suspects.
    var pendingUnits = 0
    /// How many of its leases are outstanding.
    var leases = 0
}

/// All passes, and which of them have something to lease.
struct PassTable: Sendable, Codable {
    private(set) var records: [PassRecord] = []
    /// By layer, the records of all sweeps.
    private var layers: [[PassIndex]] = []
    private var layerNumbers: [PassID: Int32] = [:]
    /// Passes with pending units. There are only as many passes as layers in unfinished sweeps, so a scan is cheap.
    private(set) var open: [PassIndex] = []
    /// The cost of all pending units.
    private(set) var pending = CostSum()

    subscript(pass: PassIndex) -> PassRecord {
        _read { yield records[Int(pass)] }
        _modify { yield &records[Int(pass)] }
    }

    func haveSameLayer(_ first: PassIndex, _ second: PassIndex) -> Bool { self[first].layer == self[second].layer }

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
    mutating func countPending(_ cost: Double, of kind: CostKindIndex, in pass: PassIndex) {
        if self[pass].pendingUnits == 0 { open.append(pass) }
        self[pass].pendingUnits += 1
        pending.add(cost, of: kind)
    }

    /// Counts a unit that is pending no more.
    mutating func countTaken(_ cost: Double, of kind: CostKindIndex, in pass: PassIndex) {
        self[pass].pendingUnits -= 1
        pending.subtract(cost, of: kind)
        guard self[pass].pendingUnits == 0 else { return }
        self[pass].queue.removeAll()
        self[pass].suspects.removeAll()
        open.removeAll { $0 == pass }
    }
}
