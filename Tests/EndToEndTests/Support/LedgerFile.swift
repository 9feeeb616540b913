import Foundation
import GRDB
import Testing

/// A coordinator's ledger as SQLite has it, read beside the coordinator by a connection of its own.
struct LedgerFile {
    private let database: DatabaseQueue

    init(state: URL) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        database = try DatabaseQueue(path: state.appending(path: "ledger.sqlite").path, configuration: configuration)
    }

    /// Makes the result of a unit unreadable, in a ledger that no coordinator has open.
    static func spoil(unit key: String, state: URL) throws {
        let database = try DatabaseQueue(path: state.appending(path: "ledger.sqlite").path)
        try database.write { database in
            try database.execute(
                sql: "UPDATE result SET payload = x'00' WHERE unit = (SELECT id FROM unit WHERE lower(hex(key)) = ?)",
                arguments: [key])
            #expect(database.changesCount == 1)
        }
    }

    /// Rows of results.
    func resultCount() throws -> Int { try number("SELECT count(*) FROM result") }

    /// The attempt under which each unit was entered; a row that was replaced would have another.
    func attempts() throws -> [Int64: Int64] {
        try database.read { database in
            var attempts: [Int64: Int64] = [:]
            let rows = try Row.fetchCursor(database, sql: "SELECT unit, attempt FROM result")
            while let row = try rows.next() { attempts[row[0]] = row[1] }
            return attempts
        }
    }

    /// Hours since 1970 in which results were entered, by the coordinator's wall clock.
    func hours() throws -> [Int64] {
        try database.read { try Int64.fetchAll($0, sql: "SELECT DISTINCT (committedAt + 1800) / 3600 FROM result") }
    }

    /// Keys of units with a result, the one that was entered first leading.
    func finishedKeys() throws -> [String] {
        try database.read {
            try String.fetchAll(
                $0, sql: "SELECT lower(hex(key)) FROM result JOIN unit ON unit.id = unit ORDER BY committedAt, unit")
        }
    }

    func units() throws -> Int { try number("SELECT count(*) FROM unit") }
    func quarantined() throws -> Int { try number("SELECT count(*) FROM quarantine") }
    func quarantineReasons() throws -> [String] {
        try database.read { try String.fetchAll($0, sql: "SELECT reason FROM quarantine") }
    }
    /// Failures that count against a unit: none of one that is done.
    func charged() throws -> Int {
        try number("SELECT count(*) FROM failure WHERE forgiven = 0 AND unit NOT IN (SELECT unit FROM result)")
    }

    /// Failures that ever counted, the forgiven ones included.
    func failures() throws -> Int { try number("SELECT count(*) FROM failure") }

    /// What SQLite finds wrong; empty for a sound file.
    func problems() throws -> [String] {
        try database.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }.filter { $0 != "ok" }
    }

    private func number(_ query: String) throws -> Int { try database.read { try Int.fetchOne($0, sql: query) ?? 0 } }
}
