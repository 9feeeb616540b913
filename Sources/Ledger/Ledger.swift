import Foundation
import GRDB
package import Identities

/// The coordinator's database: sweeps, units, results and failures in one SQLite file that one coordinator owns.
///
/// Everything is durable when the call that wrote it returns: SQLite's write-ahead log with `synchronous = FULL` syncs
/// each commit. Calls are synchronous and safe from any thread; writers wait for each other, readers do not wait.
package final class Ledger: Sendable {
    /// For queries, also during writes.
    package let reader: LedgerReader
    let database: DatabasePool
    let path: String
    private let lock: CoordinatorLock
    private let files: LedgerFiles

    /// Opens or creates the ledger in a coordinator's state folder, and locks other coordinators out until it is
    /// released.
    ///
    /// - Throws: ``LedgerError/networkFileSystem(path:type:)`` unless overridden, ``LedgerError/locked(path:holder:)``
    ///   if a coordinator has it, ``LedgerError/newer(path:)``, and errors of the disk.
    package static func open(_ stateDirectory: String, allowNetworkFileSystem: Bool = false) throws(LedgerError)
        -> Ledger
    {
        let directory = StateDirectory(path: stateDirectory)
        try directory.prepare(allowNetworkFileSystem: allowNetworkFileSystem)
        let lock = try CoordinatorLock(directory)
        do {
            let database = try DatabasePool(path: directory.ledger, configuration: configuration)
            try database.writeWithoutTransaction { database in
                try makeDurable(database)
                try Schema.claim(database, path: directory.ledger)
            }
            let isNewer = try database.read { try Schema.migrator.hasBeenSuperseded($0) }
            guard !isNewer else { throw LedgerError.newer(path: directory.ledger) }
            try Schema.migrator.migrate(database)
            return Ledger(database: database, path: directory.ledger, lock: lock)
        } catch {
            throw LedgerError(error, path: directory.ledger)
        }
    }

    private init(database: DatabasePool, path: String, lock: CoordinatorLock) {
        self.database = database
        self.path = path
        self.lock = lock
        files = LedgerFiles(ledger: path)
        reader = LedgerReader(database: database, path: path)
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            // Kibibytes of page cache: enough for the index of a million keys, small beside the coordinator's own
            // memory.
            try database.execute(sql: "PRAGMA cache_size = -\(database.configuration.readonly ? 8_192 : 65_536)")
        }
        return configuration
    }

    /// GRDB's pools sync at checkpoints only, which survives a killed process but not a power cut.
    private static func makeDurable(_ database: Database) throws {
        try database.execute(sql: "PRAGMA synchronous = FULL")
        // Truncates a log that grew during a long read, once it is checkpointed.
        try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
    }

    /// The number of this start of a coordinator on the ledger, from 1.
    package func nextIncarnation() throws(LedgerError) -> UInt64 {
        try write { database in
            try Int64.fetchOne(
                database, sql: "UPDATE coordinator SET incarnation = incarnation + 1 RETURNING incarnation") ?? 0
        }.magnitude
    }

    /// Records, across restarts of the coordinator, whether a worker is there.
    package func remember(worker name: String, isPresent: Bool) throws(LedgerError) {
        try write {
            try $0.cachedStatement(
                sql: """
                    INSERT INTO worker (name, present) VALUES (:name, :present)
                    ON CONFLICT (name) DO UPDATE SET present = excluded.present WHERE present <> excluded.present
                    """
            ).execute(arguments: ["name": name, "present": isPresent ? 1 : 0])
        }
    }

    /// Records, across restarts of the coordinator, that workers on a host get no leases.
    package func suspend(_ host: SuspendedHost) throws(LedgerError) {
        try write {
            try $0.execute(
                sql: """
                    INSERT INTO suspendedHost (host, label, reason) VALUES (?, ?, ?)
                    ON CONFLICT (host) DO UPDATE SET label = excluded.label, reason = excluded.reason
                    """, arguments: [host.host, host.label, host.reason])
        }
    }

    /// Records the end of a host's suspension.
    package func resume(host: String) throws(LedgerError) {
        try write { try $0.execute(sql: "DELETE FROM suspendedHost WHERE host = ?", arguments: [host]) }
    }

    /// Cancels a sweep; finished results are kept.
    ///
    /// - Parameter reason: by whom or by what; of several cancellations the first counts.
    package func cancel(_ sweep: SweepID, reason: String? = nil) throws(LedgerError) {
        try write { try Self.cancel(sweep, reason: reason, in: $0) }
    }

    static func cancel(_ sweep: SweepID, reason: String?, in database: Database) throws {
        try database.execute(
            sql: "UPDATE sweep SET state = 'cancelled', cancellation = ? WHERE id = ? AND state = 'active'",
            arguments: [reason, sweep])
    }

    /// Changes which sweeps go first.
    package func setPriority(_ priority: Int, of sweep: SweepID) throws(LedgerError) {
        try write { try $0.execute(sql: "UPDATE sweep SET priority = ? WHERE id = ?", arguments: [priority, sweep]) }
    }

    /// Makes a client the owner of a sweep.
    package func give(_ sweep: SweepID, to owner: String) throws(LedgerError) {
        try write { try $0.execute(sql: "UPDATE sweep SET owner = ? WHERE id = ?", arguments: [owner, sweep]) }
    }

    /// - Throws: ``LedgerError/vanished(path:)`` if its files are not where they were opened.
    package func checkPlace() throws(LedgerError) { try files.check() }

    /// Checks its place afterwards, so that nothing is acknowledged that was written into files without a name.
    func write<T>(_ changes: (Database) throws -> T) throws(LedgerError) -> T {
        let outcome = Result { try database.write(changes) }
        try checkPlace()
        do {
            return try outcome.get()
        } catch {
            throw LedgerError(error, path: path)
        }
    }
}
