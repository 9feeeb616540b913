import Foundation
import GRDB
package import Identities

// Finds bad results and removes them, so that their units are trained again.

extension Ledger {
    /// Removes results of a sweep with their predictions, and the failures of their units, in one transaction.
    ///
    /// - Returns: The units, once for each active sweep that has them.
    @discardableResult
    package func discard(
        _ selection: ResultSelection, of sweep: SweepID, members names: [String] = []
    ) throws(LedgerError) -> [DiscardedUnit] {
        try write { database in
            let ids = try Int64.fetchAll(
                database, sql: "SELECT unit \(selection.source) GROUP BY unit ORDER BY min(position)",
                arguments: selection.arguments(sweep))
            try database.execute(sql: "CREATE TEMP TABLE discarded (unit INTEGER PRIMARY KEY)")
            let insert = try database.makeStatement(sql: "INSERT INTO discarded VALUES (?)")
            for id in ids { try insert.execute(arguments: [id]) }
            for table in ["prediction", "result", "quarantine"] {
                try database.execute(sql: "DELETE FROM \(table) WHERE unit IN (SELECT unit FROM discarded)")
            }
            try database.execute(sql: "UPDATE failure SET forgiven = 1 WHERE unit IN (SELECT unit FROM discarded)")
            let units = try DiscardedUnit.wanted(in: database, members: names, reader.parts)
            try database.execute(sql: "DROP TABLE discarded")
            return units
        }
    }
}

extension LedgerReader {
    /// The results of a sweep that a selection matches.
    package func results(_ selection: ResultSelection, of sweep: SweepID) throws(LedgerError) -> SelectedResults {
        try read { database in
            var found = SelectedResults()
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT unit.key, worker.name, committedAt \(selection.source)
                    GROUP BY unit ORDER BY min(position)
                    """, arguments: selection.arguments(sweep))
            while let row = try rows.next() {
                found.units.append(try UnitKey(column: row[0]))
                found.workers[row[1], default: 0] += 1
                let time = Date(timeIntervalSince1970: TimeInterval(row[2] as Int64))
                found.committed =
                    found.committed.map { min($0.lowerBound, time)...max($0.upperBound, time) } ?? time...time
            }
            let owner = try Schema.hasOwners(database) ? "sweep.owner" : "NULL"
            found.sharing = try Row.fetchAll(
                database,
                sql: """
                    SELECT sweep.id, sweep.name, \(owner), sweep.state, count(DISTINCT unit) FROM sweepUnit
                    JOIN sweep ON sweep.id = sweepUnit.sweep
                    WHERE sweep.id <> :sweep AND unit IN (SELECT unit \(selection.source))
                    GROUP BY sweep.id ORDER BY sweep.id
                    """, arguments: selection.arguments(sweep)
            ).map {
                SharingSweep(
                    id: $0[0], name: $0[1], owner: $0[2], state: SweepRecord.State(rawValue: $0[3]) ?? .cancelled,
                    units: $0[4])
            }
            return found
        }
    }

    /// The keys of a sweep's units that begin with these hexadecimal digits.
    package func keys(beginning digits: String, of sweep: SweepID) throws(LedgerError) -> [UnitKey] {
        func padded(with digit: String) -> UnitKey? {
            UnitKey(digits + String(repeating: digit, count: max(0, 64 - digits.utf8.count)))
        }
        guard let first = padded(with: "0"), let last = padded(with: "f") else { return [] }
        return try read { database in
            // Keys first, which CROSS JOIN asks for: there are few of these digits, and a sweep may have millions.
            try Data.fetchAll(
                database,
                sql: """
                    SELECT unit.key FROM unit CROSS JOIN sweepUnit ON sweepUnit.unit = unit.id
                    WHERE unit.key BETWEEN ? AND ? AND sweep = ? GROUP BY unit.id ORDER BY min(position)
                    """, arguments: [first, last, sweep]
            ).map { try UnitKey(column: $0) }
        }
    }
}

extension ResultSelection {
    /// The part after SELECT: the selected results with their units and workers.
    fileprivate var source: String {
        """
        FROM sweepUnit JOIN result USING (unit) JOIN worker ON worker.id = result.worker
        JOIN unit ON unit.id = sweepUnit.unit
        WHERE sweepUnit.sweep = :sweep AND (:worker IS NULL OR worker.name = :worker)
        AND (:since IS NULL OR committedAt >= :since) AND (:until IS NULL OR committedAt <= :until)
        AND (:keys IS NULL OR hex(unit.key) IN (SELECT value FROM json_each(:keys)))
        """
    }

    fileprivate func arguments(_ sweep: SweepID) -> StatementArguments {
        // As JSON text, since SQLite has no arrays to bind.
        let keys = units.map { "[" + $0.map { "\"\($0.description.uppercased())\"" }.joined(separator: ",") + "]" }
        return [
            "sweep": sweep, "worker": worker, "since": since.map { Int64($0.timeIntervalSince1970.rounded(.down)) },
            "until": until.map { Int64($0.timeIntervalSince1970.rounded(.down)) }, "keys": keys,
        ]
    }
}

extension DiscardedUnit {
    /// The units of the table `discarded`, for every active sweep that has them.
    fileprivate static func wanted(
        in database: Database, members names: [String], _ parts: PartCache
    ) throws -> [DiscardedUnit] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT sweep.id, unit.key, pass.name, pass.folder, sweepUnit.cost, kind.name, unit.form FROM sweepUnit
                JOIN discarded USING (unit) JOIN unit ON unit.id = sweepUnit.unit JOIN pass ON pass.id = sweepUnit.pass
                JOIN sweep ON sweep.id = sweepUnit.sweep LEFT JOIN kind ON kind.id = sweepUnit.kind
                WHERE sweep.state = 'active'
                GROUP BY sweep.id, sweepUnit.unit ORDER BY sweep.id, min(sweepUnit.position)
                """
        ).map {
            DiscardedUnit(
                sweep: $0[0], key: try UnitKey(column: $0[1]), pass: $0[2], folder: $0[3], cost: $0[4],
                kind: $0[5], members: try parts.numbers(of: names, in: $0[6], database))
        }
    }
}
