import Identities

/// Former holders of unfinished units: workers that were thought dead, or from before a restart of the coordinator.
/// Only they may resume a unit or report its result under the attempt they had.
struct FormerHolders: Sendable, Codable {
    private struct Entry: Sendable, Codable {
        var attempt: Attempt
        /// Its index in `holders`.
        var holder: Int32
    }

    private var holders: [LeaseHolder] = []
    private var indices: [LeaseHolder: Int32] = [:]
    private var entries: [UnitIndex: [Entry]] = [:]

    mutating func add(_ holder: LeaseHolder, _ attempt: Attempt, of unit: UnitIndex) {
        let index = index(of: holder)
        guard entries[unit]?.contains(where: { $0.attempt == attempt && $0.holder == index }) != true else { return }
        entries[unit, default: []].append(Entry(attempt: attempt, holder: index))
    }

    /// Who held the unit under the attempt.
    func holder(of unit: UnitIndex, _ attempt: Attempt) -> LeaseHolder? {
        entries[unit]?.first { $0.attempt == attempt }.map { holders[Int($0.holder)] }
    }

    mutating func forget(_ unit: UnitIndex) {
        guard !entries.isEmpty else { return }
        entries[unit] = nil
        if entries.isEmpty { (holders, indices) = ([], [:]) }
    }

    private mutating func index(of holder: LeaseHolder) -> Int32 {
        if let known = indices[holder] { return known }
        let index = Int32(holders.count)
        holders.append(holder)
        indices[holder] = index
        return index
    }
}
