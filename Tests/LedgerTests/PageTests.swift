import Foundation
import GRDB
import Identities
import Testing

@testable import Ledger

@Suite("Pages of a sweep's cells")
struct PageTests {
    private static func ledger(units: Int, in folder: TemporaryFolder) throws -> Ledger {
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<units)
        return ledger
    }

    /// The cells of pages, as they are read one by one.
    private static func rows(_ pages: [SweepPage]) -> [SweepRow] {
        pages.flatMap { page in
            (0..<page.count).compactMap { place in
                var cell = SweepPage(first: page.first + place)
                let start = place == 0 ? 0 : Int(page.payloadEnds[place - 1])
                cell.keys = Data(page.keys.dropFirst(32 * place).prefix(32))
                cell.forms = Data(page.form(place))
                cell.payloads = Data(page.payloads.dropFirst(start).prefix(Int(page.payloadEnds[place]) - start))
                (cell.formEnds, cell.payloadEnds) = ([UInt32(cell.forms.count)], [UInt32(cell.payloads.count)])
                cell.members = page.members
                cell.quarantine[0] = page.quarantine[place]
                return cell.firstRow
            }
        }
    }

    private static func pages(_ ledger: Ledger) throws -> [SweepPage] {
        var pages: [SweepPage] = []
        try ledger.reader.forEachPage(of: try ledger.reader.find("s")) { pages.append($0) }
        return pages
    }

    @Test("have every cell once, in the sweep's order, with result and reason")
    func whole() throws {
        let folder = try TemporaryFolder()
        let ledger = try Self.ledger(units: 1_300, in: folder)
        try ledger.commit((0..<1_300).filter { $0 % 3 > 0 }.map { .testResult($0, payload: "{\"unit\":\($0)}") })
        try ledger.commit([
            .quarantine(testUnit(0).key, reason: "it died"), .quarantine(testUnit(600).key, reason: "ü"),
        ])
        let pages = try Self.pages(ledger)
        #expect(pages.map(\.count) == [512, 512, 276] && pages.map(\.first) == [0, 512, 1_024])
        #expect(pages.allSatisfy { $0.isSound })
        let rows = try ledger.reader.rows(of: 1)
        #expect(Self.rows(pages) == rows)
    }

    @Test("end where results are large, and the rest is had by asking for it")
    func large() throws {
        let folder = try TemporaryFolder()
        let ledger = try Self.ledger(units: 9, in: folder)
        let payload = String(repeating: "7", count: 400_000)
        try ledger.commit((0..<9).map { .testResult($0, payload: payload) })
        let counts = try Self.pages(ledger).map(\.count)
        #expect(counts == [3, 3, 3])
        let first = try ledger.reader.page(of: 1, at: 1..<9)
        #expect(first.first == 1 && first.count == 3)
        #expect(try ledger.reader.page(of: 1, at: 4..<5).count == 1)
        #expect(try ledger.reader.page(of: 1, at: 9..<20).count == 0)
        #expect(try ledger.reader.page(of: 1, at: 5..<5).count == 0)
        #expect(try ledger.reader.page(of: 7, at: 0..<5).count == 0)
    }

    @Test("end where reasons of quarantines are large")
    func reasons() throws {
        let folder = try TemporaryFolder()
        let ledger = try Self.ledger(units: 40, in: folder)
        let reason = String(repeating: "x", count: 64 << 10)
        try ledger.commit((0..<40).map { .quarantine(testUnit($0).key, reason: reason) })
        #expect(try Self.pages(ledger).map(\.count) == [16, 16, 8])
    }

    @Test("are not sound where their parts do not fit")
    func unsound() throws {
        let folder = try TemporaryFolder()
        let ledger = try Self.ledger(units: 5, in: folder)
        try ledger.commit([.testResult(1)])
        let page = try #require(Self.pages(ledger).first)
        let faults: [(inout SweepPage) -> Void] = [
            { $0.keys.removeLast() }, { $0.forms.removeLast() }, { $0.payloads.append(0) },
            { $0.formEnds.removeLast() },
            { $0.payloadEnds.append(9) }, { $0.formEnds.swapAt(0, 4) }, { $0.first = -1 }, { $0.formEnds[1] = .max },
        ]
        #expect(page.isSound)
        for (index, fault) in faults.enumerated() {
            var changed = page
            fault(&changed)
            #expect(!changed.isSound && changed.firstRow == nil, "\(index)")
        }
        var changed = page
        changed.members = [:]
        #expect(changed.isSound && changed.firstRow == nil)
    }

    @Test("A unit is found by the first digits of its key, whatever their case, if they are its alone")
    func unit() throws {
        let folder = try TemporaryFolder()
        let ledger = try Self.ledger(units: 50, in: folder)
        try ledger.commit([.testResult(7)])
        let sweep = try ledger.reader.find("1")
        #expect(sweep == SweepHeader(id: 1, name: "s", units: 50))
        let key = testUnit(7).key
        for digits in ["\(key)", "\(key)".uppercased(), String("\(key)".prefix(60))] {
            let found = try ledger.reader.cells(beginning: digits, of: sweep)
            let rows = try ledger.reader.rows(of: 1)
            #expect(found.count == 1 && found.row == rows[7])
        }
        let all = try ledger.reader.cells(beginning: "", of: sweep)
        #expect(all.count == 50 && all.row == nil)
        let none = try ledger.reader.cells(beginning: "nothing", of: sweep)
        #expect(none.count == 0 && none.row == nil)
        #expect(throws: LedgerError.unknownSweep("t", known: ["1 s"])) { try ledger.reader.find("t") }
    }

    @Test("A unit's form is found by its key alone, whichever sweep has it")
    func form() throws {
        let folder = try TemporaryFolder()
        let ledger = try Self.ledger(units: 5, in: folder)
        try ledger.insertTestSweep(3..<9, name: "other")
        for number in [0, 4, 8] {
            #expect(try ledger.reader.form(of: testUnit(number).key) == testUnit(number).canonicalForm)
        }
        #expect(try ledger.reader.form(of: testUnit(9).key) == nil)
    }

    @Test("A ledger of a version that could not look cells up by unit is read as it is; opened, it can")
    func earlier() throws {
        let folder = try TemporaryFolder()
        do {
            let ledger = try Self.ledger(units: 5, in: folder)
            try ledger.write { database in
                try database.execute(
                    sql: "DROP INDEX sweepUnitByUnit; DELETE FROM grdb_migrations WHERE identifier LIKE '8 %'")
            }
        }
        let (sweep, digits) = (SweepHeader(id: 1, name: "s", units: 5), "\(testUnit(2).key)")
        let before = try LedgerReader.open(folder.path).cells(beginning: digits, of: sweep)
        #expect(before.count == 1 && before.row?.position == 2)
        let ledger = try Ledger.open(folder.path)
        let after = try ledger.reader.cells(beginning: digits, of: sweep)
        #expect(after.count == 1 && after.row == before.row)
        let columns = try ledger.reader.database.read { try $0.indexes(on: "sweepUnit").map(\.columns) }
        #expect(columns.contains(["unit"]))
    }
}
