import Foundation
public import Ledger
public import Reports
import Sweeps

/// A sweep's table, made from the rows of a ledger.
public enum SweepTable {
    /// - Throws: `LedgerError.unknownSweep` with the names there are.
    public static func make(
        _ sweep: String, in ledger: LedgerReader, against axis: CostAxis
    ) throws -> ResultTable {
        ResultTable.make(try cells(of: try ledger.sweep(sweep), in: ledger), against: axis)
    }

    /// Every cell of a sweep's grid, with its result if it has one.
    static func cells(of record: SweepRecord, in ledger: LedgerReader) throws -> [ResultCell] {
        var units = UnitDecoder()
        let results = ResultDecoder()
        var cells: [ResultCell] = []
        cells.reserveCapacity(record.units)
        let quarantined = try ledger.quarantined(of: record.id)
        try ledger.forEachRow(of: record.id) { row in
            cells.append(
                ResultCell(
                    unit: try units.decode(row.canonicalForm), key: row.key,
                    result: try row.payload.map(results.decode), reasonMissing: quarantined[row.key]))
        }
        return cells
    }
}
