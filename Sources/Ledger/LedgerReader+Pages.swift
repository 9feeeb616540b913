package import Foundation
import GRDB
package import Identities

extension LedgerReader: SweepReader {
    package var repeated: String {
        let folder = NSString(string: path).deletingLastPathComponent
        return " --state " + ShellQuoting.quoted(folder.isEmpty ? "." : folder)
    }

    package func find(_ nameOrNumber: String) throws -> SweepHeader { try find(nameOrNumber, for: .local) }

    /// What the name means for a requester.
    package func find(_ nameOrNumber: String, for requester: Requester) throws -> SweepHeader {
        let number = try number(of: nameOrNumber, for: requester)
        let found = try read { database in
            try Row.fetchOne(database, sql: "SELECT id, name, units FROM sweep WHERE id = ?", arguments: [number])
                .map { SweepHeader(id: $0[0], name: $0[1], units: $0[2]) }
        }
        if let found { return found }
        throw LedgerError.unknownSweep(nameOrNumber, known: [])
    }

    package func facts(of sweep: SweepID) throws -> Data { try text("facts", of: sweep) }

    package func specification(of sweep: SweepID) throws -> Data { try text("specification", of: sweep) }

    /// The bytes of a column: either may be many megabytes, of which a reader mostly wants one.
    private func text(_ column: String, of sweep: SweepID) throws(LedgerError) -> Data {
        let text = try read {
            try String.fetchOne($0, sql: "SELECT \(column) FROM sweep WHERE id = ?", arguments: [sweep])
        }
        guard let text else { throw .unknownSweep("\(sweep)", known: []) }
        return Data(text.utf8)
    }

    package func forEachPage(of sweep: SweepHeader, _ body: (SweepPage) throws -> Void) throws {
        // Not through `read`, which would turn the errors of the body into errors of the ledger.
        try database.read { database in
            var builder = PageBuilder(self, database, first: 0)
            try forEachCell(of: sweep.id, from: 0, in: database) { row in
                try builder.append(row)
                guard builder.page.isFull else { return true }
                try body(builder.page)
                builder.begin()
                return true
            }
            if builder.page.count > 0 { try body(builder.page) }
        }
    }

    /// The cells of a sweep at these positions, as many from the first on as fit.
    package func page(of sweep: SweepID, at positions: Range<Int>) throws(LedgerError) -> SweepPage {
        try read { database in
            var builder = PageBuilder(self, database, first: positions.lowerBound)
            guard !positions.isEmpty else { return builder.page }
            try forEachCell(of: sweep, from: positions.lowerBound, in: database) { row in
                try builder.append(row)
                return !builder.page.isFull && builder.page.end < positions.upperBound
            }
            return builder.page
        }
    }

    /// The cell with a key that begins with these hexadecimal digits as a page of its own, and how many there are; no
    /// page unless it is a single one.
    package func unit(
        beginning digits: String, of sweep: SweepID
    ) throws(LedgerError) -> (count: Int, page: SweepPage?) {
        let keys = try keys(beginning: digits, of: sweep)
        guard let key = keys.first, keys.count == 1 else { return (keys.count, nil) }
        let position = try read { database in
            try Int.fetchOne(
                database,
                sql: """
                    SELECT min(position) FROM sweepUnit JOIN unit ON unit.id = sweepUnit.unit
                    WHERE sweep = ? AND unit.key = ?
                    """, arguments: [sweep, key])
        }
        guard let position else { return (1, nil) }
        return (1, try page(of: sweep, at: position..<position + 1))
    }

    /// The canonical form of a unit of any sweep; nil for one that no sweep has.
    package func form(of unit: UnitKey) throws(LedgerError) -> CanonicalForm? {
        try read { database in
            try Data.fetchOne(database, sql: "SELECT form FROM unit WHERE key = ?", arguments: [unit])
                .map { try parts.restore($0, in: database) }
        }
    }

    package func predictions(of unit: UnitKey) throws -> Data? {
        var found: Data?
        try forEachPrediction(of: [unit]) { found = $1 }
        return found
    }

    package func cells(beginning digits: String, of sweep: SweepHeader) throws -> (count: Int, row: SweepRow?) {
        let found = try unit(beginning: digits, of: sweep.id)
        return (found.count, found.page?.firstRow)
    }

    /// - Parameter body: whether the next cell is wanted.
    private func forEachCell(
        of sweep: SweepID, from position: Int, in database: Database, _ body: (Row) throws -> Bool
    ) throws {
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT unit.key, unit.form, result.payload, quarantine.reason FROM sweepUnit
                JOIN unit ON unit.id = sweepUnit.unit LEFT JOIN result ON result.unit = sweepUnit.unit
                LEFT JOIN quarantine ON quarantine.unit = sweepUnit.unit
                WHERE sweepUnit.sweep = ? AND position >= ? ORDER BY position
                """, arguments: [sweep, position])
        while let row = try rows.next(), try body(row) {}
    }
}

/// Packs cells into pages.
private struct PageBuilder {
    private let ledger: LedgerReader
    private let database: Database
    private(set) var page: SweepPage
    // Consecutive cells differ in few members, so that most need not be looked up.
    private var numbers: [Int64] = []
    private var previous: [Int64] = []

    init(_ ledger: LedgerReader, _ database: Database, first: Int) {
        self.ledger = ledger
        self.database = database
        page = SweepPage(first: first)
    }

    mutating func begin() {
        page = SweepPage(first: page.end)
        previous = []
    }

    mutating func append(_ row: Row) throws {
        let place = page.count
        try row.withUnsafeData(atIndex: 0) { key in
            guard let key, key.count == 32 else { throw damaged("a unit's key has not 32 bytes") }
            page.keys.append(key)
        }
        try row.withUnsafeData(atIndex: 1) { try append(form: $0 ?? Data()) }
        try row.withUnsafeData(atIndex: 2) { payload in
            if let payload { page.payloads.append(payload) }
        }
        page.formEnds.append(UInt32(page.forms.count))
        page.payloadEnds.append(UInt32(page.payloads.count))
        if let reason: String = row[3] { page.quarantine[place] = reason }
    }

    private mutating func append(form: Data) throws {
        guard form.withUnsafeBytes({ CompactForm.decode($0, into: &numbers) }) else {
            throw damaged("a unit's form cannot be read")
        }
        for (place, number) in numbers.enumerated() {
            if place < previous.count, previous[place] == number { continue }
            if page.members[number] == nil {
                page.members[number] = try ledger.parts.member(number, in: database)
            }
        }
        swap(&numbers, &previous)
        page.forms.append(form)
    }

    private func damaged(_ reason: String) -> LedgerError { .damaged(path: ledger.path, reason: reason) }
}
