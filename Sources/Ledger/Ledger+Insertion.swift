import Foundation
import GRDB
package import Identities

extension Ledger {
    /// Inserts a sweep with all its units, in one transaction.
    ///
    /// Units that the ledger already knows, from this or other sweeps, are shared with their results.
    ///
    /// - Parameter replaced: sweeps that are cancelled by it.
    /// - Complexity: about 10 µs a unit; units are generated one by one and never all in memory.
    package func insert(
        _ sweep: NewSweep, passes: [NewPass], replacing replaced: [SweepID] = []
    ) throws(LedgerError) -> SweepReceipt {
        try write { database in
            var insertion = try SweepInsertion(sweep, into: database)
            for pass in passes { try insertion.add(pass) }
            let receipt = try insertion.finish()
            for old in replaced { try Self.cancel(old, reason: "replaced by sweep \(receipt.sweep)", in: database) }
            return receipt
        }
    }
}

/// The statements of one insertion, prepared once.
private struct SweepInsertion {
    private let database: Database
    private let sweep: SweepID
    private var position: Int64 = 0
    private var parts: [FormMember: Int64] = [:]
    private var kinds: [CostKind: Int64] = [:]
    private let insertUnit: Statement
    private let findUnit: Statement
    private let insertCell: Statement

    init(_ sweep: NewSweep, into database: Database) throws {
        self.database = database
        try database.execute(
            sql: """
                INSERT INTO sweep (name, specification, facts, units, createdAt, state, owner, priority)
                VALUES (?, ?, ?, 0, unixepoch(), 'active', ?, ?)
                """,
            arguments: [
                sweep.name, sweep.specification, String(decoding: sweep.facts, as: UTF8.self), sweep.owner,
                sweep.priority,
            ])
        self.sweep = SweepID(database.lastInsertedRowID)
        insertUnit = try database.makeStatement(
            sql: "INSERT INTO unit (key, form) VALUES (?, ?) ON CONFLICT (key) DO NOTHING")
        findUnit = try database.makeStatement(sql: "SELECT id FROM unit WHERE key = ?")
        insertCell = try database.makeStatement(
            sql: "INSERT INTO sweepUnit (sweep, position, unit, pass, cost, kind) VALUES (?, ?, ?, ?, ?, ?)")
    }

    mutating func add(_ pass: NewPass) throws {
        try database.execute(
            sql: "INSERT INTO pass (sweep, name, folder) VALUES (?, ?, ?)", arguments: [sweep, pass.name, pass.folder])
        let passID = database.lastInsertedRowID
        for unit in pass.units {
            let unitID = try id(of: unit)
            try insertCell.execute(
                arguments: [sweep, position, unitID, passID, unit.cost, try number(ofKind: unit.kind)])
            position += 1
        }
    }

    private mutating func number(ofKind name: CostKind) throws -> Int64? {
        if let known = kinds[name] { return known }
        try database.execute(sql: "INSERT OR IGNORE INTO kind (name) VALUES (?)", arguments: [name])
        let number = try Int64.fetchOne(database, sql: "SELECT id FROM kind WHERE name = ?", arguments: [name])
        kinds[name] = number
        return number
    }

    private mutating func id(of unit: NewUnit) throws -> Int64 {
        let form = CompactForm.encode(try unit.canonicalForm.members.map { try number(of: $0) })
        try insertUnit.execute(arguments: [unit.key, form])
        if database.changesCount == 1 { return database.lastInsertedRowID }
        guard let id = try Int64.fetchOne(findUnit, arguments: [unit.key]) else {
            throw LedgerError.unknownUnit(unit.key.description)
        }
        return id
    }

    private mutating func number(of part: FormMember) throws -> Int64 {
        if let known = parts[part] { return known }
        let bytes = Data(part.bytes)
        try database.cachedStatement(sql: "INSERT OR IGNORE INTO part (bytes) VALUES (?)").execute(arguments: [bytes])
        let find = try database.cachedStatement(sql: "SELECT id FROM part WHERE bytes = ?")
        guard let number = try Int64.fetchOne(find, arguments: [bytes]) else {
            throw DatabaseError(resultCode: .SQLITE_INTERNAL, message: "a part vanished in its own transaction")
        }
        parts[part] = number
        return number
    }

    func finish() throws -> SweepReceipt {
        try database.execute(sql: "UPDATE sweep SET units = ? WHERE id = ?", arguments: [position, sweep])
        let done = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM sweepUnit JOIN result USING (unit) WHERE sweep = ?", arguments: [sweep]
        )
        return SweepReceipt(sweep: sweep, units: Int(position), alreadyDone: done ?? 0)
    }
}
