package import Ledger
import Sweeps
import Units

/// A table of one sweep or several, made from the rows of a ledger.
package enum SweepTable {
    /// - Parameter fields: what is read besides the scores, for those who need it.
    /// - Throws: `LedgerError.unknownSweep` with the known names.
    package static func make(
        _ sweep: String, in ledger: some SweepReader, against axis: CostAxis, fields: ResultFields = .all
    ) throws -> ResultTable {
        try make([sweep], in: ledger, against: axis, fields: fields)
    }

    /// The table of several sweeps of a ledger together: a unit that several have once, rows of one probe over unlike
    /// folds beside each other, and each feature set under the name that the last sweep gives it.
    ///
    /// - Throws: `LedgerError.unknownSweep` with the known names.
    package static func make(
        _ sweeps: [String], in ledger: some SweepReader, against axis: CostAxis, fields: ResultFields = .all
    ) throws -> ResultTable {
        var merged = MergedRows()
        var (dropped, lastLayers, unreadable) = ([String](), [String: Int](), [UnreadableResult]())
        for sweep in sweeps {
            let record = try ledger.find(sweep)
            let facts = SweepFacts(ofLedger: try ledger.facts(of: record.id))
            let found = try read(record, facts, in: ledger, fields: fields, metric: nil)
            merged.add(found.rows)
            unreadable += found.unreadable
            dropped += DroppedSamples.notes(facts: facts).filter { !dropped.contains($0) }
            for set in facts?.sets ?? [] {
                guard let last = set.layers.map(\.index).max() else { continue }
                lastLayers[set.name] = max(last, lastLayers[set.name] ?? last)
            }
        }
        var table = ResultTable.make(merged.takeRows(), against: axis)
        (table.droppedSamples, table.lastLayers, table.unreadable) = (dropped, lastLayers, unreadable)
        return table
    }

    /// Every cell of a sweep's grid, with what is kept of its result if it has one, row by row.
    ///
    /// Pages are read one after the other and decoded on all cores.
    ///
    /// - Parameter metric: whose values are the scores, instead of every task's own.
    static func rows(
        of record: SweepHeader, in ledger: some SweepReader, fields: ResultFields = .all, metric: String? = nil
    ) throws -> [RowCells] {
        let facts = SweepFacts(ofLedger: try ledger.facts(of: record.id))
        return try read(record, facts, in: ledger, fields: fields, metric: metric).rows
    }

    private static func read(
        _ record: SweepHeader, _ facts: SweepFacts?, in ledger: some SweepReader, fields: ResultFields,
        metric: String?
    ) throws -> (rows: [RowCells], unreadable: [UnreadableResult]) {
        let reader = PageReader(
            of: record, facts: facts, fields: fields, metric: metric, repeated: ledger.repeated)
        var index = RowIndex()
        let stream = ParallelStream<SweepPage, Result<[PageReader.Group], any Error>>(
            work: { page in Result { try reader.read(page) } }, consume: { index.add(try $0.get()) })
        try ledger.forEachPage(of: record) { page in
            guard page.isSound else { throw PageError(position: page.first) }
            try stream.add(page)
        }
        try stream.finish()
        return (index.rows, reader.unreadable)
    }
}

/// Rows in the making.
private struct RowIndex {
    var rows: [RowCells] = []
    private var places: [ObjectIdentifier: Int] = [:]
    private var identities: [RowIdentity: Int] = [:]

    mutating func add(_ groups: [PageReader.Group]) {
        for group in groups { rows[place(of: group.unit)].cells += group.cells }
    }

    private mutating func place(of entry: UnitEntry) -> Int {
        if let place = places[ObjectIdentifier(entry)] { return place }
        let identity = RowIdentity(entry.unit)
        let place = identities[identity] ?? rows.count
        if place == rows.count {
            identities[identity] = place
            rows.append(
                RowCells(
                    unit: entry.unit, meanTokens: entry.meanTokens, isRaw: entry.isRaw, names: entry.names))
        }
        rows[place].take(entry.unit)
        places[ObjectIdentifier(entry)] = place
        return place
    }
}
