import DequeModule
import Identities

/// The queue of one pass.
struct PassRecord: Sendable, Codable {
    let id: PassID
    /// Pending units in the order in which leases are cut. Deletion is lazy: an entry is valid only while its unit is
    /// pending, so that changing a unit's state removes it from the middle.
    var queue = Deque<UnitIndex>()
    /// Groups of suspects; each is leased alone.
    var suspects = Deque<[UnitIndex]>()
    /// Pending units, in the queue and among suspects.
    var pendingUnits = 0
    /// How many of its leases are outstanding.
    var leases = 0
    /// The rank of the sweep for which its queue was last filled from empty; earlier sweeps go first.
    var rank = 0
}

/// All passes, and which of them have something to lease.
struct PassTable: Sendable, Codable {
    private(set) var records: [PassRecord] = []
    private var indices: [PassID: PassIndex] = [:]
    /// Passes with pending units. There are only as many passes as layers in a sweep, so a scan is cheap.
    private(set) var open: [PassIndex] = []
    /// The cost of all pending units.
    private(set) var pending = CostSum()

    subscript(pass: PassIndex) -> PassRecord {
        _read { yield records[Int(pass)] }
        _modify { yield &records[Int(pass)] }
    }

    func index(of id: PassID) -> PassIndex? { indices[id] }

    mutating func insert(_ id: PassID) -> PassIndex {
        if let known = indices[id] { return known }
        let index = PassIndex(records.count)
        records.append(PassRecord(id: id))
        indices[id] = index
        return index
    }

    /// Counts a unit that became pending.
    mutating func countPending(_ cost: Double, of kind: CostKindIndex, in pass: PassIndex, rank: Int) {
        if self[pass].pendingUnits == 0 {
            open.append(pass)
            self[pass].rank = rank
        }
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
