import Foundation
import Sweeps
import Testing
import Units

@testable import Results

@Suite("Costs in a table of samples of unlike length")
struct MeanLengthTests {
    @Test("are those of a sample of mean length, which the sweep's facts tell")
    func costs() throws {
        var facts = try SampleResults.plan().facts
        for layer in facts.sets[0].layers.indices { facts.sets[0].layers[layer].meanTokens = 12.25 }
        let counts = SampleCounts(facts: try JSONEncoder().encode(facts))
        var rows = [RowCells](try SampleResults.cells())
        for row in rows.indices { rows[row].meanTokens = counts.meanTokens(ofLayer: rows[row].unit.features.digest) }
        #expect(rows.allSatisfy { $0.meanTokens == 12 })

        let found = ResultTable.make(rows, against: .operations).blocks.flatMap(\.rows)
        let longest = ResultTable.make(try SampleResults.cells(), against: .operations).blocks.flatMap(\.rows)
        func cost(_ rows: [ResultRow]) -> Int? {
            rows.first { $0.label == "efficient 4 queries" && $0.outputWidth == 384 && $0.unit.task.name == "lexname" }?
                .referenceMACs
        }
        func expected(_ T: Int) -> Int { 384 * 384 * T + 4 * 384 * T + 384 * T + 384 * 11 }
        #expect(cost(found) == expected(12))
        #expect(cost(longest) == expected(31))
    }
}
