package import Foundation
import GRDB
package import Identities

/// Everything that the ledger has about one unit.
package struct UnitRecord: Sendable, Equatable {
    package struct Result: Sendable, Equatable {
        package let attempt: Attempt
        package let worker: String
        package let committedAt: Date
    }

    package struct Failure: Sendable, Equatable {
        package let record: FailureRecord
        package let failedAt: Date
        /// It no longer counts against the unit.
        package let isForgiven: Bool
    }

    package let result: Result?
    /// The oldest first.
    package let failures: [Failure]
    package let quarantine: String?
}

extension LedgerReader {
    /// The units of a sweep with keys in a closed range, up to a limit.
    package func units(
        of sweep: SweepID, from first: UnitKey, through last: UnitKey, limit: Int
    ) throws(LedgerError) -> [UnitKey] {
        try read { database in
            try Data.fetchAll(
                database,
                sql: """
                    SELECT key FROM unit WHERE key BETWEEN ? AND ?
                    AND EXISTS (SELECT 1 FROM sweepUnit WHERE sweep = ? AND unit = unit.id) ORDER BY key LIMIT ?
                    """, arguments: [first, last, sweep, limit]
            ).map { try UnitKey(column: $0) }
        }
    }

    package func record(of unit: UnitKey) throws(LedgerError) -> UnitRecord {
        try read { database in
            let result = try Row.fetchOne(
                database,
                sql: """
                    SELECT attempt, worker.name, committedAt FROM unit JOIN result ON result.unit = unit.id
                    JOIN worker ON worker.id = result.worker WHERE key = ?
                    """, arguments: [unit])
            let failures = try Row.fetchAll(
                database,
                sql: """
                    SELECT attempt, worker.name, cause, reason, failedAt, forgiven FROM unit
                    JOIN failure ON failure.unit = unit.id JOIN worker ON worker.id = failure.worker
                    WHERE key = ? ORDER BY failedAt, attempt
                    """, arguments: [unit])
            let quarantine = try String.fetchOne(
                database, sql: "SELECT reason FROM unit JOIN quarantine ON quarantine.unit = unit.id WHERE key = ?",
                arguments: [unit])
            return UnitRecord(
                result: result.map { UnitRecord.Result(row: $0) },
                failures: failures.map { UnitRecord.Failure(of: unit, row: $0) }, quarantine: quarantine)
        }
    }
}

extension UnitRecord.Result {
    fileprivate init(row: Row) {
        attempt = row[0]
        worker = row[1]
        committedAt = Date(timeIntervalSince1970: TimeInterval(row[2] as Int64))
    }
}

extension UnitRecord.Failure {
    fileprivate init(of unit: UnitKey, row: Row) {
        record = FailureRecord(
            unit: unit, attempt: row[0], worker: row[1],
            cause: FailureRecord.Cause(rawValue: row[2]) ?? .error, reason: row[3])
        failedAt = Date(timeIntervalSince1970: TimeInterval(row[4] as Int64))
        isForgiven = row[5] as Int64 == 1
    }
}
