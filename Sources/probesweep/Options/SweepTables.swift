import Ledger
import Results

/// Both tables of a sweep on standard output, as `run` and `launch` end.
enum SweepTables {
    static func write(of sweep: String, in ledger: any SweepReader) throws {
        for axis in CostAxis.allCases {
            let table = try SweepTable.make(sweep, in: ledger, against: axis, fields: .innerScores)
            if axis != CostAxis.allCases.first { try Output.line("") }
            try Output.text(table.rendered(as: .text))
        }
    }
}
