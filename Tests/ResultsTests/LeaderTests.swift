import Probes
import Testing
import Units

@testable import Results

@Suite("The best rows so far")
struct LeaderTests {
    @Test("Each task is led by its best row, in the direction of its metric")
    func best() throws {
        let table = try SampleResults.noisyTable()
        let leaders = Leader.leaders(of: table)
        #expect(leaders.map(\.task) == ["colour", "lexname"])
        for (leader, block) in zip(leaders, table.blocks) {
            let means = block.rows.compactMap { $0.estimate?.mean }
            #expect(leader.mean == (block.greaterIsBetter ? means.max() : means.min()))
            #expect(leader.foldsDone == 3 && leader.folds == 3)
        }
    }

    @Test("A row with fewer folds than others leads nothing")
    func unfinished() throws {
        let whole = try #require(Leader.leaders(of: try SampleResults.noisyTable()).last)
        let cells = try SampleResults.cells { unit in
            // Of the best row one fold alone is there.
            unit.task.name == "lexname" && unit.features.layer == 6 && unit.probe.type == "efficient"
                && unit.fold.heldOut > 0
        }
        let leader = try #require(Leader.leaders(of: ResultTable.make(cells, against: .parameters)).last)
        #expect(whole.name.contains("efficient"))
        #expect(!leader.name.contains("efficient") || leader.foldsDone == 3, "\(leader)")
        #expect(leader.foldsDone == 3)
    }

    @Test("A sweep without a result has no leader, and no line")
    func none() throws {
        let table = ResultTable.make(try SampleResults.cells { _ in true }, against: .parameters)
        #expect(Leader.leaders(of: table) == [])
        #expect(Leader.lines([]) == [])
    }
}
