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
        parts = PartCache(path: path)
    }

    /// Whether a state folder has a ledger, sound or not.
    package static func exists(in stateDirectory: String) -> Bool {
        FileManager.default.fileExists(atPath: StateDirectory(path: stateDirectory).ledger)
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
        try read { try Row.fetchAll($0, sql: try Self.sweepQuery($0) + " ORDER BY id").map(SweepRecord.init) }
    }

    /// The sweep of this number, or what this name means for a requester.
    /// - Throws: ``LedgerError/unknownSweep(_:known:)``, ``LedgerError/ambiguousSweep(_:candidates:)``.
    package func sweep(
        _ nameOrNumber: String, for requester: Requester = .local
    ) throws(LedgerError) -> SweepRecord {
        let number = try number(of: nameOrNumber, for: requester)
        let found = try read { database in
            try Row.fetchOne(database, sql: try Self.sweepQuery(database) + " WHERE id = ?", arguments: [number])
                .map(SweepRecord.init)
        }
        guard let found else { throw .unknownSweep(nameOrNumber, known: []) }
        return found
    }

    func number(of nameOrNumber: String, for requester: Requester) throws(LedgerError) -> SweepID {
        let known = try addresses()
        switch SweepSearch.find(nameOrNumber, among: known, for: requester) {
        case .unknown: throw .unknownSweep(nameOrNumber, known: known.map(\.description))
        case .ambiguous(let candidates): throw .ambiguousSweep(nameOrNumber, candidates: candidates)
        case .found(let id): return id
        }
    }

    /// What sweeps there are, the oldest first.
    private func addresses() throws(LedgerError) -> [SweepAddress] {
        try read { database in
            let owner = try Schema.hasOwners(database) ? "owner" : "NULL"
            return try Row.fetchAll(
                database, sql: "SELECT id, name, \(owner), state = 'cancelled' FROM sweep ORDER BY id"
            )
            .map { SweepAddress(id: $0[0], name: $0[1], owner: $0[2], isCancelled: $0[3]) }
        }
    }

    private static func sweepQuery(_ database: Database) throws -> String {
        let owners =
            try Schema.hasOwners(database)
            ? "owner, priority, cancellation" : "NULL AS owner, 0 AS priority, NULL AS cancellation"
        return "SELECT id, name, state, createdAt, units, \(owners), \(counts) FROM sweep"
    }

    private static let counts = """
            (SELECT count(*) FROM sweepUnit JOIN result USING (unit) WHERE sweep = sweep.id) AS done,
            -- Usually there is none, and a sweep of a million units need not be gone through for that.
            CASE WHEN EXISTS (SELECT 1 FROM quarantine)
                THEN (SELECT count(*) FROM sweepUnit JOIN quarantine USING (unit) WHERE sweep = sweep.id) ELSE 0
            END AS quarantined
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

    /// Hosts whose workers get no leases, in the order of their machines.
    package func suspendedHosts() throws(LedgerError) -> [SuspendedHost] {
        try read { database in
            try Row.fetchAll(database, sql: "SELECT host, label, reason FROM suspendedHost ORDER BY host")
                .map { SuspendedHost(host: $0[0], label: $0[1], reason: $0[2]) }
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
        owner = row["owner"]
        priority = row["priority"]
        cancellation = row["cancellation"]
        // The schema admits these two words only.
        state = State(rawValue: row["state"]) ?? .cancelled
        createdAt = Date(timeIntervalSince1970: TimeInterval(row["createdAt"] as Int64))
        units = row["units"]
        done = row["done"]
        quarantined = row["quarantined"]
    }
}
