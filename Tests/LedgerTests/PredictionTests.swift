import Foundation
import Identities
import Sweeps
import Testing

@testable import Ledger

@Suite("Kept predictions in the ledger")
struct PredictionTests {
    @Test("are stored with their result, and those of the first result are kept")
    func storage() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<3)
        func row(_ index: Int, _ predictions: [UInt8]?) -> LedgerRow {
            let payload = ResultPayload(result: Array("{}".utf8), predictions: predictions)
            return .result(testUnit(index).key, 1, worker: "w", payload: payload.bytes)
        }
        try ledger.commit([row(0, [1, 0, 2]), row(1, nil)])
        try ledger.commit([row(0, [9]), row(1, [9])])
        var found: [UnitKey: [UInt8]] = [:]
        let keys = (0..<3).map { testUnit($0).key }
        try LedgerReader.open(folder.path).forEachPrediction(of: keys) { found[$0] = Array($1) }
        #expect(found == [keys[0]: [1, 0, 2]])
        #expect(try ledger.reader.rows(of: 1).map(\.payload) == [Data("{}".utf8), Data("{}".utf8), nil])
        #expect(try ledger.reader.integrityProblems().isEmpty)
    }
}
