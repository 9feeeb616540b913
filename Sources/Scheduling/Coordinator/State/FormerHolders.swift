import Identities

/// Former holders of unfinished units: workers that were thought dead, or from before a restart of the coordinator.
/// Only they may resume a unit or report its result under the attempt they had.
struct FormerHolders: Sendable, Codable {
    private struct Entry: Sendable, Codable {
        var attempt: Attempt
        /// Index in `holders`.
        var holder: Int32
    }

    private var holders: [LeaseHolder] = []
    private var places: [LeaseHolder: Int32] = [:]
    private var entries: [UnitIndex: [Entry]] = [:]

    mutating func add(_ holder: LeaseHolder, _ attempt: Attempt, of unit: UnitIndex) {
        let place = place(of: holder)
        guard entries[unit]?.contains(where: { $0.attempt == attempt && $0.holder == place }) != true else { return }
        entries[unit, default: []].append(Entry(attempt: attempt, holder: place))
    }

    /// Who held the unit under the attempt.
    func holder(of unit: UnitIndex, _ attempt: Attempt) -> LeaseHolder? {
        entries[unit]?.first { $0.attempt == attempt }.map { holders[Int($0.holder)] }
    }

    mutating func forget(_ unit: UnitIndex) {
        guard !entries.isEmpty else { return }
        entries[unit] = nil
        if entries.isEmpty { (holders, places) = ([], [:]) }
    }

    private mutating func place(of holder: LeaseHolder) -> Int32 {
        if let known = places[holder] { return known }
        let place = Int32(holders.count)
        holders.append(holder)
        places[holder] = place
        return place
    }
}
