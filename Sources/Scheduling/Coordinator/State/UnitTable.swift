import Identities
import OrderedCollections

/// A unit's index in the ``UnitTable``: four bytes instead of the key's thirty-two.
typealias UnitIndex = Int32
/// A pass's index in the ``PassTable``.
typealias PassIndex = Int32
/// A lease's index in the ``LeaseTable``.
typealias LeaseSlot = Int32

/// The state of a unit.
enum UnitState: UInt8, Sendable {
    /// Waits to be leased.
    case pending
    /// Held by one worker, or by two.
    case leased
    /// Its result is being written to the ledger.
    case committing
    /// Its quarantine is being written to the ledger.
    case quarantining
    /// In the ledger.
    case done
    case quarantined
    /// No sweep wants it any more.
    case dropped

    /// The legal transitions. Results are accepted from anywhere, so `committing` follows any unfinished state.
    func mayBecome(_ next: UnitState) -> Bool {
        switch (self, next) {
        case (.pending, .leased), (.pending, .dropped), (.pending, .committing), (.pending, .quarantining): true
        case (.leased, .pending), (.leased, .committing), (.leased, .quarantining), (.leased, .dropped): true
        // A result that the ledger refused for good, or that was removed from it, is trained again.
        case (.committing, .done), (.committing, .pending), (.done, .pending): true
        case (.quarantining, .quarantined), (.quarantining, .committing), (.quarantining, .pending): true
        case (.quarantined, .pending), (.quarantined, .committing), (.quarantined, .dropped): true
        case (.dropped, .pending), (.dropped, .committing): true
        default: false
        }
    }
}

/// What the coordinator keeps of a unit: 24 bytes beside the key.
struct UnitRecord: Sendable {
    /// Predicted seconds on a worker of speed 1, before its kind's factor.
    var cost: Float
    var pass: PassIndex
    /// The sweeps that want it, as the number of a set in the ``SweepIndex``.
    var wanted: Int32
    /// The lease that holds it, −1 for none. A copy's lease is in ``UnitTable/copyHolders``.
    var holder: LeaseSlot
    let kind: CostKindIndex
    let inputs: InputIndex
    var state: UnitState
    /// Was in training when a worker died, and has not ended since: leased apart from others, and never copied.
    var isSuspect: Bool
}

/// All units that some sweep wanted, by index; keys lie in one flat buffer.
struct UnitTable: Sendable {
    private(set) var keys = OrderedSet<UnitKey>()
    private(set) var records = ContiguousArray<UnitRecord>()
    /// The second lease of the few units that are held twice.
    private(set) var copyHolders: [UnitIndex: LeaseSlot] = [:]

    var count: Int { records.count }

    subscript(unit: UnitIndex) -> UnitRecord {
        _read { yield records[Int(unit)] }
        _modify { yield &records[Int(unit)] }
    }

    func key(_ unit: UnitIndex) -> UnitKey { keys[Int(unit)] }

    func index(of key: UnitKey) -> UnitIndex? { keys.firstIndex(of: key).map(UnitIndex.init) }

    mutating func reserve(_ additional: Int) {
        keys.reserveCapacity(keys.count + additional)
        records.reserveCapacity(records.count + additional)
    }

    /// Inserts a unit as pending, unless it exists.
    mutating func insert(
        _ key: UnitKey, cost: Float, kind: CostKindIndex, inputs: InputIndex, pass: PassIndex
    ) -> (isNew: Bool, unit: UnitIndex) {
        let (isNew, index) = keys.append(key)
        if isNew {
            records.append(
                UnitRecord(
                    cost: cost, pass: pass, wanted: 0, holder: -1, kind: kind, inputs: inputs, state: .pending,
                    isSuspect: false))
        }
        return (isNew, UnitIndex(index))
    }

    /// The leases that hold the unit, none, one or two.
    func holders(of unit: UnitIndex) -> [LeaseSlot] {
        let holder = self[unit].holder
        guard holder >= 0 else { return [] }
        guard let copy = copyHolders[unit] else { return [holder] }
        return [holder, copy]
    }

    func isHeld(_ unit: UnitIndex, by lease: LeaseSlot) -> Bool {
        let holder = self[unit].holder
        return holder == lease || holder >= 0 && copyHolders[unit] == lease
    }

    func isCopied(_ unit: UnitIndex) -> Bool { copyHolders[unit] != nil }

    mutating func addHolder(_ lease: LeaseSlot, to unit: UnitIndex) {
        if self[unit].holder < 0 {
            self[unit].holder = lease
        } else {
            invariant(copyHolders[unit] == nil, "A unit is held by two leases at most.")
            copyHolders[unit] = lease
        }
    }

    mutating func removeHolder(_ lease: LeaseSlot, from unit: UnitIndex) {
        if self[unit].holder == lease {
            self[unit].holder = copyHolders.removeValue(forKey: unit) ?? -1
        } else {
            invariant(copyHolders[unit] == lease, "Only a holder lets go.")
            copyHolders[unit] = nil
        }
    }
}
