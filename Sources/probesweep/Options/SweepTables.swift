import Cluster
import Ledger
import Results

/// What `run`, `submit` and `launch` show of a sweep's results.
enum SweepTables {
    /// The best row of each task so far.
    static func leaders(of sweep: String, in ledger: any SweepReader) throws -> [Leader] {
        Leader.leaders(of: try SweepTable.make(sweep, in: ledger, against: .parameters, fields: .innerScores))
    }

    /// The same, of a coordinator.
    static func leaders(of sweep: String, at endpoint: String, keys: String) async throws -> [Leader] {
        let client = try CoordinatorClient.connect(endpoint, keys: keys)
        do {
            let leaders = try leaders(of: sweep, in: RemoteLedger(client))
            await client.close()
            return leaders
        } catch {
            await client.close()
            throw error
        }
    }

    /// Both tables on standard output.
    static func write(of sweep: String, in ledger: any SweepReader) throws {
        for axis in CostAxis.allCases {
            let table = try SweepTable.make(sweep, in: ledger, against: axis, fields: .innerScores)
            let isFirst = axis == CostAxis.allCases.first
            if !isFirst { try Output.line("") }
            try Output.text((isFirst ? table.announcingUnreadable() : table).rendered(as: .text))
        }
    }
}

extension ResultTable {
    /// The table, after a word to the user if some of its results cannot be used: their rows lack folds in every view.
    func announcingUnreadable() -> ResultTable {
        for line in unreadableResults { Exit.complain(line) }
        return self
    }
}
