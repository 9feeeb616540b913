import Foundation
import GRDB
import TestKit
import Testing

@Suite("A ledger that cannot be written", .serialized)
struct DiskTests {
    enum Fault: String, CaseIterable {
        case full, locked

        /// What the coordinator's reason has to say.
        var hint: String {
            switch self {
            case .full: "full"
            case .locked: "in use"
            }
        }
    }

    @Test(
        "Dispatch pauses with the reason and resumes by itself; nothing is lost and the file is intact",
        .enabled(if: SmallDisk.refusal == nil, "\(SmallDisk.refusal ?? "")"), arguments: Fault.allCases)
    func pauses(_ fault: Fault) throws {
        let campaign = try Campaign(repeats: 8)
        let disk = try SmallDisk(mebibytes: 64)
        let state = URL(filePath: disk.path).appending(path: "state")
        let cluster = try LiveCluster(in: campaign.folder.url, state: state)
        for worker in 1...2 { try cluster.startWorker(worker) }
        let client = try cluster.submit(campaign.specification)
        try cluster.waitUntil("units are done") { try cluster.ledger.resultCount() > 50 }
        let mend = try spoil(disk, state, fault)
        try cluster.waitUntil("dispatch pauses") {
            try cluster.coordinatorLogSoFar().contains("dispatch paused")
        }
        let log = try cluster.coordinatorLogSoFar()
        #expect(log.contains(fault.hint), "\(log)")
        let entered = try entriesAtRest(in: cluster)
        #expect(entered.count < campaign.sweep.units)
        try mend()
        try campaign.finish(client, cluster)
        #expect(try cluster.coordinatorLogSoFar().contains("dispatch resumed"))
        let rows = try cluster.ledger.attempts()
        #expect(entered.allSatisfy { rows[$0.key] == $0.value })
        #expect(try cluster.ledger.charged() == 0)
    }

    /// What is entered when nothing has been added for a second: small commits that were on their way when dispatch
    /// paused may still find room.
    private func entriesAtRest(in cluster: LiveCluster) throws -> [Int64: Int64] {
        var entered = try cluster.ledger.attempts()
        try cluster.waitUntil("nothing is entered any more") {
            Thread.sleep(forTimeInterval: 1)
            let before = entered
            entered = try cluster.ledger.attempts()
            return entered == before
        }
        return entered
    }

    /// - Returns: What mends it.
    private func spoil(_ disk: SmallDisk, _ state: URL, _ fault: Fault) throws -> () throws -> Void {
        switch fault {
        case .full:
            let ballast = URL(filePath: disk.path).appending(path: "ballast")
            // As much as there is room for.
            _ = FileManager.default.createFile(atPath: ballast.path, contents: nil)
            let file = try FileHandle(forWritingTo: ballast)
            while (try? file.write(contentsOf: Data(count: 4_096))) != nil {}
            return { try FileManager.default.removeItem(at: ballast) }
        case .locked:
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            // The coordinator commits all the time, and holds the lock while it does.
            configuration.busyMode = .timeout(60)
            let other = try DatabaseQueue(
                path: state.appending(path: "ledger.sqlite").path, configuration: configuration)
            try other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
            return { try other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") } }
        }
    }
}
