import Foundation
import GRDB
package import Identities

// Outstanding leases, for the next coordinator. A lease is removed with the last result of its units; the others are
// outstanding, or revoked with results that may still arrive.

extension Ledger {
    /// Removes leases whose units all have results, from whichever worker.
    package func forgetFinishedLeases() throws(LedgerError) {
        try write { database in
            let open = try fetchOpenLeases(database).map(\.attempt)
            let all = try Attempt.fetchAll(database, sql: "SELECT attempt FROM lease")
            let delete = try database.cachedStatement(sql: "DELETE FROM lease WHERE attempt = ?")
            for attempt in Set(all).subtracting(open) { try delete.execute(arguments: [attempt]) }
        }
    }
}

extension LedgerReader {
    /// The last lease on record, whatever its outcome; 0 before the first.
    package func lastAttempt() throws(LedgerError) -> Attempt {
        try read { try Attempt.fetchOne($0, sql: "SELECT lastAttempt FROM coordinator") } ?? Attempt(number: 0)
    }

    /// Every lease with units without a result, and those units; the oldest first.
    package func openLeases() throws(LedgerError) -> [IssuedLease] { try read { try fetchOpenLeases($0) } }
}

/// Leases with units without a result, and those units.
private func fetchOpenLeases(_ database: Database) throws -> [IssuedLease] {
    let isFinished = try database.cachedStatement(
        sql: "SELECT 1 FROM unit JOIN result ON result.unit = unit.id WHERE unit.key = ?")
    let rows = try Row.fetchCursor(
        database,
        sql: """
            SELECT attempt, worker.name, incarnation, key, units FROM lease JOIN worker ON worker.id = lease.worker
            ORDER BY attempt
            """)
    var leases: [IssuedLease] = []
    while let row = try rows.next() {
        let open = try UnitKey.all(in: row[4]).filter {
            try Int.fetchOne(isFinished, arguments: [$0]) == nil
        }
        guard !open.isEmpty else { continue }
        // The schema admits incarnations of 16 bytes only.
        guard let id = WorkerID(bytes: row[2] as Data) else { continue }
        leases.append(
            IssuedLease(attempt: row[0], holder: LeaseHolder(id: id, name: row[1], key: row[3]), units: open))
    }
    return leases
}

extension UnitKey {
    /// The keys in the bytes, one after the other.
    fileprivate static func all(in bytes: Data) -> [UnitKey] {
        stride(from: 0, to: bytes.count - 31, by: 32).compactMap { start in
            UnitKey(bytes: bytes[bytes.startIndex + start..<bytes.startIndex + start + 32])
        }
    }
}
