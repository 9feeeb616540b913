import Identities

/// Leases that the ledger had on record when this coordinator started, with their units that had no result.
///
/// Those of sweeps that this coordinator does not serve are in no submission; their holders may still bring results.
struct RecordedLeases: Sendable, Codable {
    private struct Entry: Sendable, Codable {
        let holder: LeaseHolder
        let units: Set<UnitKey>
    }

    private let entries: [Attempt: Entry]

    init(_ leases: [IssuedLease]) {
        entries = Dictionary(
            leases.map { ($0.attempt, Entry(holder: $0.holder, units: Set($0.units))) }, uniquingKeysWith: { $1 })
    }

    /// Who held the unit under the attempt.
    func holder(of unit: UnitKey, _ attempt: Attempt) -> LeaseHolder? {
        entries[attempt].flatMap { $0.units.contains(unit) ? $0.holder : nil }
    }
}
