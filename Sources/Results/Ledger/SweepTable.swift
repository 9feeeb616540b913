import Foundation
package import Ledger
import Probes
import Sweeps
import Units

/// A sweep's table, made from the rows of a ledger.
package enum SweepTable {
    /// - Parameter fields: what is read besides the scores, for those who need it.
    /// - Throws: `LedgerError.unknownSweep` with the known names.
    package static func make(
        _ sweep: String, in ledger: some SweepReader, against axis: CostAxis, fields: ResultFields = .all
    ) throws -> ResultTable {
        let record = try ledger.find(sweep)
        var table = ResultTable.make(try rows(of: record, in: ledger, fields: fields), against: axis)
        let facts = try ledger.facts(of: record.id)
        table.droppedSamples = DroppedSamples.notes(facts: facts)
        table.lastLayers = lastLayers(facts: facts)
        return table
    }

    /// The table of several sweeps of a ledger together, a unit that several have once, and each feature set under the
    /// name that the last sweep gives it.
    ///
    /// - Throws: `LedgerError.unknownSweep` with the known names.
    package static func make(
        _ sweeps: [String], in ledger: some SweepReader, against axis: CostAxis, fields: ResultFields = .all
    ) throws -> ResultTable {
        var merged: [RowCells] = []
        var places: [RowIdentity: Int] = [:]
        var names: [String: String] = [:]
        for sweep in sweeps {
            for row in try rows(of: try ledger.find(sweep), in: ledger, fields: fields) {
                names[row.unit.features.set] = row.names.features
                let identity = RowIdentity(row.unit)
                guard let place = places[identity] else {
                    places[identity] = merged.count
                    merged.append(row)
                    continue
                }
                let known = Set(merged[place].cells.map(\.key))
                merged[place].cells += row.cells.filter { !known.contains($0.key) }
                merged[place].names = row.names
            }
        }
        for index in merged.indices { merged[index].names.features = names[merged[index].unit.features.set] }
        var table = ResultTable.make(merged, against: axis)
        for sweep in sweeps {
            let facts = try ledger.facts(of: try ledger.find(sweep).id)
            table.droppedSamples += DroppedSamples.notes(facts: facts).filter { !table.droppedSamples.contains($0) }
            table.lastLayers.merge(lastLayers(facts: facts)) { max($0, $1) }
        }
        return table
    }

    /// - Parameter facts: JSON of the sweep's facts; those of an earlier version that differ are ignored.
    private static func lastLayers(facts: Data) -> [String: Int] {
        let sets = (try? JSONDecoder().decode(SweepFacts.self, from: facts))?.sets ?? []
        let last = sets.compactMap { set in set.layers.map(\.index).max().map { (set.name, $0) } }
        return Dictionary(last, uniquingKeysWith: { max($0, $1) })
    }

    /// Every cell of a sweep's grid, with what is kept of its result if it has one, row by row.
    ///
    /// Pages are read one after the other and decoded on all cores.
    ///
    /// - Parameter metric: whose values are the scores, instead of every task's own.
    static func rows(
        of record: SweepHeader, in ledger: some SweepReader, fields: ResultFields = .all, metric: String? = nil
    ) throws -> [RowCells] {
        let reader = try PageReader(of: record, in: ledger, fields: fields, metric: metric)
        var index = RowIndex()
        let stream = ParallelStream<SweepPage, Result<[PageReader.Group], any Error>>(
            work: { page in Result { try reader.read(page) } }, consume: { index.add(try $0.get()) })
        try ledger.forEachPage(of: record) { page in
            guard page.isSound else { throw PageError(position: page.first) }
            try stream.add(page)
        }
        try stream.finish()
        return index.rows
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
