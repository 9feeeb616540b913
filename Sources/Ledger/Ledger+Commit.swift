import Foundation
import GRDB
package import Identities

extension Ledger {
    /// Makes rows durable, all of them or none, in one transaction with one sync of the disk.
    ///
    /// Acknowledge a result only after this returns. Use group commit: batch the rows that were queued during the last
    /// fsync.
    ///
    /// - Parameter beforeEnd: called when all rows are written, before the transaction ends.
    /// - Throws: an error with ``LedgerError/isTemporary`` when the same rows may be committed later.
    @discardableResult
    package func commit(
        _ rows: [LedgerRow], beforeEnd: () -> Void = {}
    ) throws(LedgerError) -> CommitReceipt {
        try write { database in
            var rowWriter = RowWriter(database: database)
            var receipt = CommitReceipt()
            for row in rows { try rowWriter.write(row, &receipt) }
            try rowWriter.endLeases()
            beforeEnd()
            return receipt
        }
    }

    /// Makes the rows durable that can be written, in one transaction.
    ///
    /// - Returns: The others, each with the reason.
    /// - Throws: an error that no row caused; nothing is written then.
    package func commitPossible(_ rows: [LedgerRow]) throws(LedgerError) -> [(row: LedgerRow, error: LedgerError)] {
        let path = path
        return try write { database in
            var rowWriter = RowWriter(database: database)
            var receipt = CommitReceipt()
            var refused: [(row: LedgerRow, error: LedgerError)] = []
            for row in rows {
                do {
                    var next = rowWriter
                    try database.inSavepoint {
                        try next.write(row, &receipt)
                        return .commit
                    }
                    rowWriter = next
                } catch {
                    let error = LedgerError(error, path: path)
                    guard error.isFaultOfRows else { throw error }
                    refused.append((row, error))
                }
            }
            try rowWriter.endLeases()
            return refused
        }
    }
}

private struct RowWriter {
    let database: Database
    /// Results inserted under each attempt.
    private var finished: [Attempt: Int] = [:]

    init(database: Database) { self.database = database }

    mutating func write(_ row: LedgerRow, _ receipt: inout CommitReceipt) throws {
        switch row {
        case .result(let key, let attempt, let worker, let payload):
            if try insertResult(try unit(key), attempt, worker, payload) {
                receipt.committed += 1
                finished[attempt, default: 0] += 1
            } else {
                receipt.duplicates.append(key)
            }
        case .lease(let lease): try insert(lease)
        case .failure(let failure): try insert(failure, of: try unit(failure.unit))
        case .forgiven(let key, let attempt):
            try execute(
                "UPDATE failure SET forgiven = 1 WHERE unit = ? AND attempt = ?",
                [try unit(key), attempt])
        case .quarantine(let key, let reason):
            try execute(
                """
                INSERT INTO quarantine (unit, reason, quarantinedAt) VALUES (?, ?, unixepoch())
                ON CONFLICT (unit) DO UPDATE SET reason = excluded.reason
                """, [try unit(key), reason])
        case .release(let key):
            let unit = try unit(key)
            try execute("DELETE FROM quarantine WHERE unit = ?", [unit])
            try execute("UPDATE failure SET forgiven = 1 WHERE unit = ?", [unit])
        }
    }

    /// Returns false if the unit had one already. A unit that finishes after all is no longer in quarantine.
    private func insertResult(_ unit: Int64, _ attempt: Attempt, _ worker: String, _ payload: [UInt8]) throws -> Bool {
        let payload = ResultPayload(payload)
        try execute(
            """
            INSERT INTO result (unit, attempt, worker, committedAt, payload) VALUES (?, ?, ?, unixepoch(), ?)
            ON CONFLICT (unit) DO NOTHING
            """, [unit, attempt, try id(ofWorker: worker), Data(payload.result)])
        guard database.changesCount == 1 else { return false }
        if let predictions = payload.predictions {
            try execute("INSERT INTO prediction (unit, bytes) VALUES (?, ?)", [unit, Data(predictions)])
        }
        try execute("DELETE FROM quarantine WHERE unit = ?", [unit])
        return true
    }

    private func insert(_ failure: FailureRecord, of unit: Int64) throws {
        try execute(
            """
            INSERT INTO failure (unit, attempt, worker, cause, reason, incarnation, machine, publicKey, failedAt)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, unixepoch())
            ON CONFLICT (unit, attempt) DO UPDATE SET reason = excluded.reason
            """,
            [
                unit, failure.attempt, try id(ofWorker: failure.worker), failure.cause.rawValue, failure.reason,
                failure.workerID, failure.machine, failure.key,
            ])
    }

    private func insert(_ lease: IssuedLease) throws {
        var keys = Data(capacity: 32 * lease.units.count)
        for unit in lease.units { keys.append(contentsOf: unit.bytes) }
        try execute(
            """
            INSERT INTO lease (attempt, worker, incarnation, key, units, unfinished) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (attempt) DO NOTHING
            """,
            [
                lease.attempt, try id(ofWorker: lease.holder.name), lease.holder.id, lease.holder.key, keys,
                lease.units.count,
            ])
        try execute("UPDATE coordinator SET lastAttempt = max(lastAttempt, ?)", [lease.attempt])
    }

    /// Removes the leases under which every unit has finished.
    func endLeases() throws {
        for (attempt, count) in finished {
            try execute("UPDATE lease SET unfinished = unfinished - ? WHERE attempt = ?", [count, attempt])
            try execute("DELETE FROM lease WHERE attempt = ? AND unfinished <= 0", [attempt])
        }
    }

    private func unit(_ key: UnitKey) throws -> Int64 {
        let find = try database.cachedStatement(sql: "SELECT id FROM unit WHERE key = ?")
        guard let id = try Int64.fetchOne(find, arguments: [key]) else {
            throw LedgerError.unknownUnit(key.description)
        }
        return id
    }

    private func id(ofWorker name: String) throws -> Int64 {
        let find = try database.cachedStatement(sql: "SELECT id FROM worker WHERE name = ?")
        if let id = try Int64.fetchOne(find, arguments: [name]) { return id }
        try execute("INSERT INTO worker (name) VALUES (?)", [name])
        return database.lastInsertedRowID
    }

    private func execute(_ sql: String, _ arguments: StatementArguments) throws {
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
