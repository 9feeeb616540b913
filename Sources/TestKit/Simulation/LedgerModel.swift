package import Identities

/// A model of the ledger with the guarantees that the coordinator relies on: rows survive every process, a unit has one
/// result.
package struct LedgerModel: Sendable {
    /// The attempt that each done unit has its row from.
    package private(set) var results: [UnitKey: Attempt] = [:]
    package private(set) var quarantined: [UnitKey: String] = [:]
    package private(set) var failures: [FailureRecord] = []
    /// Every lease that was issued.
    package private(set) var leases: [IssuedLease] = []
    /// Units that got a second row.
    package private(set) var doubleRows: [UnitKey] = []

    /// How many results of a unit are refused permanently.
    package var refusals: [UnitKey: Int] = [:]
    /// Units of which a result was refused.
    package private(set) var refused: Set<UnitKey> = []

    package init() {}

    /// The last recorded lease.
    package var lastAttempt: Attempt? { leases.map(\.attempt).max() }

    /// Leases with units without a row, and those units.
    package var unfinishedLeases: [IssuedLease] {
        leases.compactMap { lease in
            var rest = lease
            rest.units.removeAll { results[$0] != nil }
            return rest.units.isEmpty ? nil : rest
        }
    }

    /// - Returns: units whose results can never be written, with the reason; all other rows are written.
    @discardableResult
    package mutating func write(_ rows: [LedgerRow]) -> [UnitKey: String] {
        var refused: [UnitKey: String] = [:]
        for row in rows {
            switch row {
            case .result(let unit, _, _, _) where refusals[unit, default: 0] > 0:
                refusals[unit, default: 0] -= 1
                refused[unit] = "CHECK constraint failed"
                self.refused.insert(unit)
            case .result(let unit, let attempt, _, _):
                if results.updateValue(attempt, forKey: unit) != nil { doubleRows.append(unit) }
                quarantined[unit] = nil
            case .lease(let lease): leases.append(lease)
            case .failure(let record):
                failures.removeAll { $0.unit == record.unit && $0.attempt == record.attempt }
                failures.append(record)
            case .forgiven(let unit, let attempt):
                failures.removeAll { $0.unit == unit && $0.attempt == attempt }
            case .quarantine(let unit, let reason):
                quarantined[unit] = reason
            case .release(let unit):
                quarantined[unit] = nil
                failures.removeAll { $0.unit == unit }
            }
        }
        return refused
    }
}
