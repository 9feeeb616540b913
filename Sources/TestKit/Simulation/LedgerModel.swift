package import Identities

/// The ledger, reduced to what the coordinator may rely on: rows survive every process, a unit has one result.
package struct LedgerModel: Sendable {
    /// The attempt that each done unit has its row from.
    package private(set) var results: [UnitKey: Attempt] = [:]
    package private(set) var quarantined: [UnitKey: String] = [:]
    package private(set) var failures: [FailureRecord] = []
    /// Every lease that was issued.
    package private(set) var leases: [IssuedLease] = []
    /// Rows for units that had one.
    package private(set) var doubleRows: [UnitKey] = []

    /// Units whose results are refused for good, so many times.
    package var refusals: [UnitKey: Int] = [:]
    /// Units of which a result was refused.
    package private(set) var refused: Set<UnitKey> = []

    package init() {}

    /// The last lease that was written down.
    package var lastAttempt: Attempt? { leases.map(\.attempt).max() }

    /// Leases with units that have no row, and those units of them.
    package var unfinishedLeases: [IssuedLease] {
        leases.compactMap { lease in
            var rest = lease
            rest.units.removeAll { results[$0] != nil }
            return rest.units.isEmpty ? nil : rest
        }
    }

    /// - Returns: why results of units can never be written; all other rows are.
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
