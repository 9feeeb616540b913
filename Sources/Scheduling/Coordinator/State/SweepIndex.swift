import Identities

/// What the coordinator keeps of a sweep.
struct SweepRecord: Sendable, Codable {
    let id: SweepID
    /// Whose it is, empty for the operator's.
    var client = ""
    /// Higher ones go first.
    var priority = 0
    /// The index of its client's share at its priority.
    var share = 0
    var counts = SweepCounts()
    /// The cost of units that wait or are leased.
    var unfinishedCost = CostSum()
    /// No further submission of it follows.
    var isComplete = false
    var isCancelled = false
    /// The counts last announced in `sweepFinished`.
    var announcedCounts: SweepCounts?
}

/// All sweeps, and the sets of sweeps that want units.
///
/// Most units are wanted by one sweep and few by more, so sets are interned and a unit stores a set's number.
struct SweepIndex: Sendable, Codable {
    private(set) var records: [SweepRecord] = []
    private var indices: [SweepID: Int] = [:]
    /// Set 0 is empty.
    private(set) var sets: [[Int]] = [[]]
    private var setNumbers: [[Int]: Int32] = [[]: 0]

    subscript(sweep: Int) -> SweepRecord {
        _read { yield records[sweep] }
        _modify { yield &records[sweep] }
    }

    func index(of id: SweepID) -> Int? { indices[id] }

    mutating func insert(_ id: SweepID) -> Int {
        if let known = indices[id] { return known }
        indices[id] = records.count
        records.append(SweepRecord(id: id))
        return records.count - 1
    }

    func contains(_ sweep: Int, in set: Int32) -> Bool { sets[Int(set)].contains(sweep) }

    /// The number of the set with the sweep added.
    mutating func set(_ set: Int32, adding sweep: Int) -> Int32 {
        contains(sweep, in: set) ? set : number(of: (sets[Int(set)] + [sweep]).sorted())
    }

    /// The number of the set with the sweep removed.
    mutating func set(_ set: Int32, removing sweep: Int) -> Int32 {
        number(of: sets[Int(set)].filter { $0 != sweep })
    }

    /// The set's sweep that goes first: the earliest of the highest priority.
    func first(of set: Int32) -> Int? {
        sets[Int(set)].min { (records[$1].priority, $0) < (records[$0].priority, $1) }
    }

    /// Counts a unit in a state for all that want it: +1 adds it, −1 removes it.
    mutating func count(_ unit: UnitRecord, as state: UnitState, _ change: Int) {
        for sweep in sets[Int(unit.wanted)] { count(unit, as: state, of: sweep, change) }
    }

    mutating func count(_ unit: UnitRecord, as state: UnitState, of sweep: Int, _ change: Int) {
        count(state, of: sweep, change)
        guard state == .pending || state == .leased else { return }
        if change > 0 {
            records[sweep].unfinishedCost.add(Double(unit.cost), of: unit.kind)
        } else {
            records[sweep].unfinishedCost.subtract(Double(unit.cost), of: unit.kind)
        }
    }

    private mutating func count(_ state: UnitState, of sweep: Int, _ change: Int) {
        switch state {
        case .pending: records[sweep].counts.pending += change
        case .leased, .committing, .quarantining: records[sweep].counts.leased += change
        case .done: records[sweep].counts.done += change
        case .quarantined: records[sweep].counts.quarantined += change
        case .dropped: break
        }
    }

    private mutating func number(of set: [Int]) -> Int32 {
        if let known = setNumbers[set] { return known }
        let number = Int32(sets.count)
        sets.append(set)
        setNumbers[set] = number
        return number
    }
}
