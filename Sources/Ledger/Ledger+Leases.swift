import Foundation
import GRDB
import Sweeps

// Outstanding leases, for the next coordinator. A lease whose units all finished under it is removed with the last of
// their results; what stays are leases that are out, and revoked ones with units that may still come in.

extension Ledger {
    /// Removes leases whose units all have results, from whichever worker.
    public func forgetFinishedLeases() throws(LedgerError) {
        try write { database in
            let open = try fetchOpenLeases(database).map { Int64(clamping: $0.attempt) }
            let all = try Int64.fetchAll(database, sql: "SELECT attempt FROM lease")
            let delete = try database.cachedStatement(sql: "DELETE FROM lease WHERE attempt = ?")
            for attempt in Set(all).subtracting(open) { try delete.execute(arguments: [attempt]) }
        }
    }
}

extension LedgerReader {
    /// The last lease on record, whatever its outcome; 0 before the first.
    public func lastAttempt() throws(LedgerError) -> UInt64 {
        try read { try Int64.fetchOne($0, sql: "SELECT lastAttempt FROM coordinator") ?? 0 }.magnitude
    }

    /// Every lease with units that have no result, and those units of it; the oldest first.
    public func openLeases() throws(LedgerError) -> [LeaseEntry] { try read { try fetchOpenLeases($0) } }
}

/// Leases with units that have no result, and those units of them.
private func fetchOpenLeases(_ database: Database) throws -> [LeaseEntry] {
    let isFinished = try database.cachedStatement(
        sql: "SELECT 1 FROM unit JOIN result ON result.unit = unit.id WHERE unit.key = ?")
    let rows = try Row.fetchCursor(
        database,
        sql: """
            SELECT attempt, worker.name, incarnation, key, units FROM lease JOIN worker ON worker.id = lease.worker
            ORDER BY attempt
            """)
    var leases: [LeaseEntry] = []
    while let row = try rows.next() {
        let open = try UnitKey.all(in: row[4]).filter {
            try Int.fetchOne(isFinished, arguments: [Data($0.digest)]) == nil
        }
        guard !open.isEmpty else { continue }
        let attempt: Int64 = row[0]
        leases.append(
            LeaseEntry(attempt: attempt.magnitude, worker: row[1], incarnation: row[2], key: row[3], units: open))
    }
    return leases
}

extension UnitKey {
    /// The keys in the bytes, one after the other.
    fileprivate static func all(in bytes: Data) -> [UnitKey] {
        stride(from: 0, to: bytes.count - 31, by: 32).map { start in
            UnitKey(digest: Array(bytes[bytes.startIndex + start..<bytes.startIndex + start + 32]))
        }
    }
}
