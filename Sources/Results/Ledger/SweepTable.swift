import Foundation
package import Ledger
import Sweeps
import Units

/// A sweep's table, made from the rows of a ledger.
package enum SweepTable {
    /// - Throws: `LedgerError.unknownSweep` with the known names.
    package static func make(
        _ sweep: String, in ledger: LedgerReader, against axis: CostAxis
    ) throws -> ResultTable {
        ResultTable.make(try cells(of: try ledger.sweep(sweep), in: ledger), against: axis)
    }

    /// Every cell of a sweep's grid, with its result if it has one.
    static func cells(of record: SweepRecord, in ledger: LedgerReader) throws -> [ResultCell] {
        var units = UnitDecoder()
        let results = try StoredResults(of: record, in: ledger)
        var cells: [ResultCell] = []
        cells.reserveCapacity(record.units)
        let quarantined = try ledger.quarantined(of: record.id)
        try ledger.forEachRow(of: record.id) { row in
            let unit = try units.decode(row.canonicalForm)
            var cell = ResultCell(unit: unit, key: row.key, result: nil, reasonMissing: quarantined[row.key])
            switch row.payload.map({ results.read($0, of: row.key, layer: unit.features.digest) }) {
            case .success(let result)?: cell.result = result
            case .failure(let unreadable)?: cell.reasonMissing = "\(unreadable)"
            case nil: break
            }
            cells.append(cell)
        }
        return cells
    }
}
