package import Foundation
import GRDB
package import Identities
import Synchronization

extension LedgerReader {
    /// Iterates over the units of a sweep without a result, quarantined ones included, in the sweep's order.
    /// - Parameter names: members of their forms that are wanted too.
    package func forEachUnfinished(
        of sweep: SweepID, members names: [String] = [], _ body: (UnfinishedUnit) throws -> Void
    ) throws(LedgerError) {
        try read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT unit.key, sweepUnit.pass, sweepUnit.cost, sweepUnit.kind, unit.form
                    FROM sweepUnit JOIN unit ON unit.id = sweepUnit.unit
                    WHERE sweepUnit.sweep = ? AND NOT EXISTS (SELECT 1 FROM result WHERE result.unit = sweepUnit.unit)
                    ORDER BY sweepUnit.position
                    """, arguments: [sweep])
            while let row = try rows.next() {
                try body(
                    UnfinishedUnit(
                        key: try UnitKey(column: row[0]), pass: row[1], cost: row[2], kind: row[3],
                        members: names.isEmpty ? [] : try parts.numbers(of: names, in: row[4], database)))
            }
        }
    }

    /// The units of active sweeps that have neither a result nor a place in quarantine.
    package func unitsToTrain() throws(LedgerError) -> Set<UnitKey> {
        try read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT unit.key FROM sweep JOIN sweepUnit ON sweepUnit.sweep = sweep.id
                    JOIN unit ON unit.id = sweepUnit.unit
                    WHERE sweep.state = 'active'
                        AND NOT EXISTS (SELECT 1 FROM result WHERE result.unit = sweepUnit.unit)
                        AND NOT EXISTS (SELECT 1 FROM quarantine WHERE quarantine.unit = sweepUnit.unit)
                    """)
            var units: Set<UnitKey> = []
            while let row = try rows.next() { units.insert(try UnitKey(column: row[0])) }
            return units
        }
    }

    /// The members of these numbers, in their order.
    package func form(_ numbers: [Int64]) throws(LedgerError) -> CanonicalForm {
        try read { database in
            CanonicalForm(try numbers.map { try parts.member($0, in: database) })
        }
    }

    /// The names of kinds by their numbers.
    package func kindNames() throws(LedgerError) -> [Int64: CostKind] {
        try read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT id, name FROM kind")
            return Dictionary(rows.map { ($0[0] as Int64, $0[1] as CostKind) }) { first, _ in first }
        }
    }

    /// The quarantined units of a sweep, and why.
    package func quarantined(of sweep: SweepID) throws(LedgerError) -> [UnitKey: String] {
        try read { try quarantined(of: sweep, in: $0) }
    }

    /// Why units are in quarantine, those of all sweeps or of one, with the number of units for each reason, the most frequent first.
    package func quarantineReasons(
        of sweep: SweepID? = nil, limit: Int
    ) throws(LedgerError) -> [(reason: String, units: Int)] {
        let arguments: StatementArguments = if let sweep { [sweep, limit] } else { [limit] }
        return try read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT reason, count(*) AS units FROM quarantine
                    \(sweep == nil ? "" : "WHERE unit IN (SELECT unit FROM sweepUnit WHERE sweep = ?)")
                    GROUP BY reason ORDER BY units DESC, reason LIMIT ?
                    """, arguments: arguments)
            return rows.map { (reason: $0[0], units: $0[1]) }
        }
    }

    /// The failures that count against unfinished units of a sweep.
    package func history(of sweep: SweepID) throws(LedgerError) -> UnitHistory {
        try read { database in
            UnitHistory(
                quarantined: try quarantined(of: sweep, in: database), failures: try failures(of: sweep, in: database))
        }
    }

    private func quarantined(of sweep: SweepID, in database: Database) throws -> [UnitKey: String] {
        guard try hasRows("quarantine", in: database) else { return [:] }
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT DISTINCT unit.key, reason FROM sweepUnit JOIN quarantine USING (unit) JOIN unit ON unit.id = unit
                WHERE sweep = ?
                """, arguments: [sweep])
        var quarantined: [UnitKey: String] = [:]
        while let row = try rows.next() { quarantined[try UnitKey(column: row[0])] = row[1] as String }
        return quarantined
    }

    private func failures(of sweep: SweepID, in database: Database) throws -> [FailureRecord] {
        guard try hasRows("failure", in: database) else { return [] }
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT DISTINCT unit.key, attempt, worker.name, cause, reason, incarnation, machine, publicKey
                FROM sweepUnit JOIN failure USING (unit)
                JOIN unit ON unit.id = unit JOIN worker ON worker.id = failure.worker
                WHERE sweep = ? AND forgiven = 0 AND unit NOT IN (SELECT unit FROM result) ORDER BY attempt, unit.id
                """, arguments: [sweep])
        var failures: [FailureRecord] = []
        while let row = try rows.next() {
            let cause = FailureRecord.Cause(rawValue: row[3]) ?? .error
            failures.append(
                FailureRecord(
                    unit: try UnitKey(column: row[0]), attempt: row[1], worker: row[2],
                    workerID: (row[5] as Data?).flatMap { WorkerID(bytes: $0) }, machine: row[6], key: row[7],
                    cause: cause,
                    reason: row[4]))
        }
        return failures
    }

    /// Saves scanning a million units for an empty table.
    private func hasRows(_ table: String, in database: Database) throws -> Bool {
        try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM \(table))") ?? false
    }

    /// The canonical forms of these units, in their order.
    /// - Throws: ``LedgerError/unknownUnit(_:)`` for the first one that the ledger does not hold.
    package func canonicalForms(of keys: [UnitKey]) throws(LedgerError) -> [Data] {
        try read { database in
            let find = try database.cachedStatement(sql: "SELECT form FROM unit WHERE key = ?")
            return try keys.map { key in
                guard let form = try Data.fetchOne(find, arguments: [key]) else {
                    throw LedgerError.unknownUnit(key.description)
                }
                return Data(try parts.restore(form, in: database).bytes)
            }
        }
    }

    /// Calls the body with the value beside each key whose unit has a result.
    package func forEachFinished<Value>(
        of units: some Sequence<(UnitKey, Value)>, _ body: (Value) throws -> Void
    ) throws(LedgerError) {
        try read { database in
            let find = try database.cachedStatement(
                sql: "SELECT 1 FROM unit JOIN result ON result.unit = unit.id WHERE unit.key = ?")
            for (key, value) in units {
                if try Int.fetchOne(find, arguments: [key]) != nil { try body(value) }
            }
        }
    }

    /// Iterates over the cells of a sweep's grid in the sweep's order.
    package func forEachRow(of sweep: SweepID, _ body: (SweepRow) throws -> Void) throws(LedgerError) {
        try read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT position, unit.key, unit.form, result.payload, quarantine.reason FROM sweepUnit
                    JOIN unit ON unit.id = sweepUnit.unit LEFT JOIN result ON result.unit = sweepUnit.unit
                    LEFT JOIN quarantine ON quarantine.unit = sweepUnit.unit
                    WHERE sweepUnit.sweep = ? ORDER BY position
                    """, arguments: [sweep])
            while let row = try rows.next() {
                try body(
                    SweepRow(
                        position: row[0], key: try UnitKey(column: row[1]),
                        canonicalForm: try parts.restore(row[2], in: database), payload: row[3],
                        quarantine: row[4]))
            }
        }
    }

    /// Iterates over the kept predictions of these units, as `Predictions.encoded`; units without any are left out.
    package func forEachPrediction(
        of keys: some Sequence<UnitKey>, _ body: (UnitKey, Data) throws -> Void
    ) throws(LedgerError) {
        try read { database in
            // Readers do not migrate, and a ledger of an earlier version lacks the table.
            guard try database.tableExists("prediction") else { return }
            let find = try database.cachedStatement(
                sql: "SELECT bytes FROM prediction JOIN unit ON unit.id = prediction.unit WHERE unit.key = ?")
            for key in keys {
                if let bytes = try Data.fetchOne(find, arguments: [key]) { try body(key, bytes) }
            }
        }
    }

    /// The cells of a sweep's grid, all at once; prefer ``forEachRow(of:_:)`` for large sweeps.
    package func rows(of sweep: SweepID) throws(LedgerError) -> [SweepRow] {
        var rows: [SweepRow] = []
        try forEachRow(of: sweep) { rows.append($0) }
        return rows
    }
}

/// The members of canonical forms, which never change once they are stored.
final class PartCache: Sendable {
    private let parts = Mutex<[Int64: FormMember]>([:])
    /// Whether a member has one of these names.
    private let named = Mutex<[[String]: [Int64: Bool]]>([:])
    private let path: String

    init(path: String) { self.path = path }

    func restore(_ form: Data, in database: Database) throws -> CanonicalForm {
        try CanonicalForm(numbers(in: form).map { try member($0, in: database) })
    }

    func member(_ number: Int64, in database: Database) throws -> FormMember {
        if let part = parts.withLock({ $0[number] }) { return part }
        let find = try database.cachedStatement(sql: "SELECT bytes FROM part WHERE id = ?")
        guard let bytes = try Data.fetchOne(find, arguments: [number]) else {
            throw LedgerError.damaged(path: path, reason: "part \(number) of a unit's form is missing")
        }
        let part = FormMember(Array(bytes))
        parts.withLock { $0[number] = part }
        return part
    }

    /// The numbers of the members of a form that have one of the names.
    func numbers(of names: [String], in form: Data, _ database: Database) throws -> [Int64] {
        let numbers = try numbers(in: form)
        let known = named.withLock { $0[names] ?? [:] }
        let unknown = numbers.filter { known[$0] == nil }
        if unknown.isEmpty { return numbers.filter { known[$0] == true } }
        for number in unknown {
            let part = try member(number, in: database)
            named.withLock { $0[names, default: [:]][number] = names.contains(where: part.isNamed) }
        }
        let all = named.withLock { $0[names] ?? [:] }
        return numbers.filter { all[$0] == true }
    }

    private func numbers(in form: Data) throws -> [Int64] {
        guard let numbers = CompactForm.numbers(of: form) else {
            throw LedgerError.damaged(path: path, reason: "a unit's form cannot be read")
        }
        return numbers
    }
}

extension UnitKey {
    /// A column of 32 bytes, as the schema asks.
    init(column: Data) throws {
        guard let key = UnitKey(bytes: column) else {
            throw DatabaseError(message: "a unit's key has \(column.count) bytes instead of 32")
        }
        self = key
    }
}
