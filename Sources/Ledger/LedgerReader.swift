import Foundation
import GRDB
package import Identities

/// Queries of a ledger; each sees a snapshot of what was committed when it began, and blocks no other.
package struct LedgerReader: Sendable {
    let database: any DatabaseReader
    let path: String
    let parts: PartCache

    init(database: any DatabaseReader, path: String) {
        self.database = database
        self.path = path
        parts = PartCache()
    }

    /// Opens the ledger of a state folder for reading only, also while a coordinator writes to it.
    /// - Throws: ``LedgerError/missing(path:)`` where there is none.
    package static func open(_ stateDirectory: String) throws(LedgerError) -> LedgerReader {
        let directory = StateDirectory(path: stateDirectory)
        guard FileManager.default.fileExists(atPath: directory.ledger) else { throw .missing(path: directory.ledger) }
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            let database = try DatabaseQueue(path: directory.ledger, configuration: configuration)
            try database.read { try Schema.check($0, path: directory.ledger) }
            let isNewer = try database.read { try Schema.migrator.hasBeenSuperseded($0) }
            guard !isNewer else { throw LedgerError.newer(path: directory.ledger) }
            return LedgerReader(database: database, path: directory.ledger)
        } catch {
            throw LedgerError(error, path: directory.ledger)
        }
    }

    /// All sweeps, the oldest first.
    package func sweeps() throws(LedgerError) -> [SweepRecord] {
        try read { try Row.fetchAll($0, sql: Self.sweepQuery + " ORDER BY id").map(SweepRecord.init) }
    }

    /// The sweep of this number, or the latest of this name.
    /// - Throws: ``LedgerError/unknownSweep(_:known:)``.
    package func sweep(_ nameOrNumber: String) throws(LedgerError) -> SweepRecord {
        let found = try read { database in
            try Row.fetchOne(
                database,
                sql: "\(Self.sweepQuery) \(Self.namedSweep)",
                arguments: ["text": nameOrNumber]
            ).map(SweepRecord.init)
        }
        guard let found else { throw .unknownSweep(nameOrNumber, known: try sweepNames()) }
        return found
    }

    /// Of `:text`, the sweep of this number or the latest of this name.
    static let namedSweep = "WHERE CAST(id AS TEXT) = :text OR name = :text ORDER BY id DESC LIMIT 1"

    func sweepNames() throws(LedgerError) -> [String] {
        try read {
            try Row.fetchAll($0, sql: "SELECT id, name FROM sweep ORDER BY id").map {
                "\($0[0] as Int64) \($0[1] as String)"
            }
        }
    }

    private static let sweepQuery = """
        SELECT id, name, state, createdAt, units,
            (SELECT count(*) FROM sweepUnit JOIN result USING (unit) WHERE sweep = sweep.id) AS done,
            -- Usually there is none, and a sweep of a million units need not be gone through for that.
            CASE WHEN EXISTS (SELECT 1 FROM quarantine)
                THEN (SELECT count(*) FROM sweepUnit JOIN quarantine USING (unit) WHERE sweep = sweep.id) ELSE 0
            END AS quarantined
        FROM sweep
        """

    /// A sweep's spec and facts as they were submitted.
    package func source(of sweep: SweepID) throws(LedgerError) -> NewSweep {
        let row = try read {
            try Row.fetchOne($0, sql: "SELECT name, specification, facts FROM sweep WHERE id = ?", arguments: [sweep])
        }
        guard let row else { throw .unknownSweep("\(sweep)", known: []) }
        let facts: String = row["facts"]
        return NewSweep(name: row["name"], specification: row["specification"], facts: Data(facts.utf8))
    }

    package func passes(of sweep: SweepID) throws(LedgerError) -> [PassRecord] {
        try read {
            try Row.fetchAll(
                $0, sql: "SELECT id, name, folder FROM pass WHERE sweep = ? ORDER BY id", arguments: [sweep]
            )
            .map { PassRecord(id: $0["id"], name: $0["name"], folder: $0["folder"]) }
        }
    }

    /// Names of the workers that were present when the coordinator last wrote.
    package func presentWorkers() throws(LedgerError) -> [String] {
        try read { try String.fetchAll($0, sql: "SELECT name FROM worker WHERE present = 1 ORDER BY name") }
    }

    /// Why some workers get no leases, by name.
    package func suspensions() throws(LedgerError) -> [String: String] {
        try read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT name, suspension FROM worker WHERE suspension IS NOT NULL")
            return Dictionary(rows.map { ($0[0] as String, $0[1] as String) }) { first, _ in first }
        }
    }

    /// Units in quarantine with their reasons, the latest first.
    package func quarantine(limit: Int) throws(LedgerError) -> [QuarantinedUnit] {
        try read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT unit.key, reason FROM quarantine JOIN unit ON unit.id = quarantine.unit
                    ORDER BY quarantinedAt DESC, unit.id LIMIT ?
                    """, arguments: [limit])
            return try rows.map { QuarantinedUnit(key: try UnitKey(column: $0[0]), reason: $0[1]) }
        }
    }

    /// Problems that SQLite finds in the file; empty if there are none.
    package func integrityProblems() throws(LedgerError) -> [String] {
        try read { database in
            let found = try String.fetchAll(database, sql: "PRAGMA integrity_check")
            let orphans = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").map { "orphan: \($0)" }
            return found.filter { $0 != "ok" } + orphans
        }
    }

    func read<T>(_ question: (Database) throws -> T) throws(LedgerError) -> T {
        do {
            return try database.read(question)
        } catch {
            throw LedgerError(error, path: path)
        }
    }
}

extension SweepRecord {
    init(row: Row) {
        id = row["id"]
        name = row["name"]
        // The schema admits these two words only.
        state = State(rawValue: row["state"]) ?? .cancelled
        createdAt = Date(timeIntervalSince1970: TimeInterval(row["createdAt"] as Int64))
        units = row["units"]
        done = row["done"]
        quarantined = row["quarantined"]
    }
}
