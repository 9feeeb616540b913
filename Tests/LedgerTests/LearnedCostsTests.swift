import Identities
import Foundation
import GRDB
import Testing

@testable import Ledger

@Suite struct LearnedCostsTests {
    @Test("Units are read with their kinds, and records of kinds and workers survive")
    func survives() throws {
        let folder = try TemporaryFolder()
        let kind = CostKindRecord(name: "linear logistic", units: 7, predicted: 10, measured: 2.5)
        let speed = WorkerSpeedRecord(worker: "w", declared: 1, measured: 0.5)
        do {
            let ledger = try Ledger.open(folder.path)
            let units = (0..<4).map { number in
                var unit = testUnit(number)
                unit.kind = number < 2 ? "linear logistic" : "knn neighbours"
                return unit
            }
            _ = try ledger.insert(.test(), passes: [NewPass(name: "p", folder: "/f", units: units)])
            #expect(try ledger.reader.kinds().isEmpty)
            try ledger.remember(worker: "w", isPresent: true)
            try ledger.remember([CostKindRecord(name: "linear logistic", units: 1, predicted: 1, measured: 1)], [])
            try ledger.remember([kind], [speed])
        }
        let ledger = try Ledger.open(folder.path)
        #expect(try ledger.reader.kinds() == [kind])
        #expect(try ledger.reader.workerSpeeds() == [speed])
        #expect(try ledger.reader.presentWorkers() == ["w"])
        let names = try ledger.reader.kindNames()
        var kinds: [CostKind?] = []
        try ledger.reader.forEachUnfinished(of: 1) { kinds.append($0.kind.flatMap { names[$0] }) }
        #expect(kinds == ["linear logistic", "linear logistic", "knn neighbours", "knn neighbours"])
    }

    @Test("Finished units of a plan are found by their keys")
    func finished() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger.open(folder.path)
        try ledger.insertTestSweep(0..<5)
        try ledger.commit([.testResult(1), .testResult(4)])
        var found: [Int] = []
        try ledger.reader.forEachFinished(of: (0..<9).map { (testUnit($0).key, $0) }) { found.append($0) }
        #expect(found == [1, 4])
    }

    @Test("A sweep that an earlier version planned continues, with units without a kind")
    func earlierVersion() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        let old = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
        try old.writeWithoutTransaction { try Schema.claim($0, path: folder.path) }
        try Schema.migrator.migrate(old, upTo: "3 workers")
        try old.write { database in
            try database.execute(
                sql: """
                    INSERT INTO sweep (name, specification, facts, units, createdAt, state)
                    VALUES ('s', '', '{}', 1, 0, 'active');
                    INSERT INTO pass (sweep, name, folder) VALUES (1, 'p', '/f');
                    INSERT INTO unit (key, form) VALUES (randomblob(32), x'0000');
                    INSERT INTO sweepUnit VALUES (1, 0, 1, 1, 2.5);
                    """)
        }
        try old.close()
        #expect(try LedgerReader.open(folder.path).kinds().isEmpty)
        let ledger = try Ledger.open(folder.path)
        var kinds: [Int64?] = []
        try ledger.reader.forEachUnfinished(of: 1) { kinds.append($0.kind) }
        #expect(kinds == [nil])
    }
}
