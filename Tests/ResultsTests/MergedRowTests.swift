import Sweeps
import Testing
import Units

@testable import Results

@Suite("Rows of several sweeps together")
struct MergedRowTests {
    private static func rows(_ change: (inout ProbeUnit) -> Void = { _ in }) throws -> [RowCells] {
        [RowCells](
            try SampleResults.cells().map { cell in
                var unit = cell.unit
                change(&unit)
                return ResultCell(unit: unit, result: cell.result)
            })
    }

    private static func table(_ sweeps: [[RowCells]]) -> ResultTable {
        var merged = MergedRows()
        for sweep in sweeps { merged.add(sweep) }
        return ResultTable.make(merged.takeRows(), against: .parameters)
    }

    @Test("are those of one sweep where all have the same")
    func same() throws {
        let rows = try Self.rows()
        #expect(Self.table([rows, rows]) == Self.table([rows]))
    }

    @Test("stand beside each other where their folds differ, and say in what")
    func unlikeFolds() throws {
        let plain = Self.table([try Self.rows()]).blocks[0].rows
        let rows = Self.table([
            try Self.rows(), try Self.rows { $0.fold.seed = 7 }, try Self.rows { $0.fold.scheme = "grouped" },
        ]).blocks[0].rows
        #expect(rows.count == 3 * plain.count && rows.allSatisfy { $0.folds.count == 3 })
        for row in rows { #expect(Set(row.folds.map(\.reference.seed)).count == 1) }
        #expect(Set(rows.map(\.name)).count == rows.count, "every row has a name of its own")
        #expect(rows.contains { $0.label.hasSuffix(" fold seed 7") })
    }

    @Test("take more repeats of the same folds together")
    func repeats() throws {
        let again = try Self.rows {
            $0.fold.seed += 1
            $0.fold.repetition = 1
        }
        let rows = Self.table([try Self.rows(), again]).blocks[0].rows
        #expect(rows.allSatisfy { $0.folds.count == 6 })
    }

    @Test("have every draw once, and draws over unlike folds apart")
    func draws() throws {
        func rows(_ draws: Range<Int>, seed: Int = 0) throws -> [RowCells] {
            try draws.flatMap { draw in
                try Self.rows {
                    $0.shots = Shots(perClass: 5, draw: draw)
                    $0.fold.seed = seed
                }
            }
        }
        let merged = Self.table([try rows(0..<2), try rows(1..<4), try rows(0..<2, seed: 7)]).blocks[0].rows
        for row in merged {
            let isOther = row.unit.fold.seed == 7
            #expect(row.folds.count == 3)
            #expect(row.folds.allSatisfy { $0.draws.map(\.draw) == (isOther ? [0, 1] : [0, 1, 2, 3]) })
        }
    }

    @Test("do not depend on the order of the sweeps")
    func order() throws {
        var raw = try Self.rows { $0.seed = 1 }
        for index in raw.indices { raw[index].isRaw = true }
        let plain = try Self.rows()
        #expect(Self.table([raw, plain]) == Self.table([plain, raw]))
        #expect(Self.table([raw, plain]).blocks[0].rows.allSatisfy { !$0.isRaw && $0.unit.seed == 0 })
    }

    @Test("have a result where any of the sweeps has it")
    func results() throws {
        let done = try Self.rows()
        var open = done
        for index in open.indices {
            for cell in open[index].cells.indices { open[index].cells[cell].result = nil }
        }
        #expect(Self.table([open, done]) == Self.table([done]))
    }

    @Test("call feature sets of one task by their own names where they would share one")
    func titles() throws {
        func named(_ set: String, task: String? = nil) throws -> [RowCells] {
            var rows = try Self.rows {
                $0.features.set = set
                if let task { $0.task.name = task }
            }
            for index in rows.indices { rows[index].names.features = "MAE" }
            return rows
        }
        let clash = Self.table([try named("a"), try named("b")])
        #expect(Set(clash.blocks.flatMap(\.rows).map(\.features)) == ["a", "b"])
        let apart = Self.table([try named("a", task: "one"), try named("b", task: "two")])
        #expect(Set(apart.blocks.flatMap(\.rows).map(\.features)) == ["MAE"])
    }
}
