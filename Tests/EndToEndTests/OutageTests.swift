import Foundation
import TestKit
import Testing

@Suite("Long outages")
struct OutageTests {
    /// A minute in every run, half an hour where PROBESWEEP_LONG_TESTS is set.
    private static let outage = Duration.seconds(isLongRun ? 1_800 : 60)

    @Test(
        "Results that are finished during an outage of the coordinator are reported afterwards, and not trained again")
    func coordinatorAway() async throws {
        let campaign = try Campaign(repeats: 8, epochs: 40)
        let cluster = try LiveCluster(in: campaign.folder.url)
        for worker in 1...2 { try cluster.startWorker(worker) }
        let client = try cluster.submit(campaign.specification)
        try cluster.waitUntil("some units are done") { try cluster.ledger.resultCount() > 100 }
        try stopAtWork(1, of: cluster)
        try cluster.killCoordinator()
        let entered = try cluster.ledger.attempts()
        let before = try campaign.bytesWaiting(at: 1)
        cluster.signalWorker(1, SIGCONT)
        try cluster.waitUntil("the worker finishes what it holds") { try campaign.bytesWaiting(at: 1) > before }
        // The outbox outlives the process that filled it.
        try cluster.killWorker(1)
        let kept = try campaign.bytesWaiting(at: 1)
        try cluster.startWorker(1)
        try await Task.sleep(for: Self.outage)
        #expect(try campaign.bytesWaiting(at: 1) >= kept)
        try cluster.restartCoordinator()
        try campaign.finish(client, cluster)
        let rows = try cluster.ledger.attempts()
        #expect(entered.allSatisfy { rows[$0.key] == $0.value })
        // Attempts carry the start of the coordinator that issued them.
        let handedIn = rows.filter { $0.value >> 32 == 1 && entered[$0.key] == nil }
        #expect(!handedIn.isEmpty)
        try cluster.waitUntil("the outbox is empty") { try campaign.bytesWaiting(at: 1) == 0 }
    }

    /// Stops a worker while it holds units, some of which it will finish when it goes on.
    private func stopAtWork(_ worker: Int, of cluster: LiveCluster) throws {
        try cluster.waitUntil("worker \(worker) holds units") {
            cluster.signalWorker(worker, SIGSTOP)
            if try cluster.isAtWork(worker) { return true }
            cluster.signalWorker(worker, SIGCONT)
            return false
        }
    }

    @Test("A worker that is stopped beyond its lease and continues neither adds nor replaces a row")
    func workerStopped() throws {
        let campaign = try Campaign(repeats: 8, epochs: 40)
        let cluster = try LiveCluster(in: campaign.folder.url)
        for worker in 1...2 { try cluster.startWorker(worker) }
        let client = try cluster.submit(campaign.specification)
        for round in 1...2 {
            // One that is stopped before it is back cannot be lost once more.
            try cluster.waitUntil("the worker is there") {
                try cluster.coordinatorLogSoFar().ranges(of: "worker joined").count > round
            }
            try cluster.waitUntil("units are done") {
                try cluster.ledger.resultCount() > round * campaign.sweep.units / 8
            }
            cluster.signalWorker(1, SIGSTOP)
            try cluster.waitUntil("the worker is given up") {
                try cluster.coordinatorLogSoFar().ranges(of: "worker lost").count >= round
            }
            let entered = try cluster.ledger.attempts()
            cluster.signalWorker(1, SIGCONT)
            Thread.sleep(forTimeInterval: 0.5)
            let now = try cluster.ledger.attempts()
            #expect(entered.allSatisfy { now[$0.key] == $0.value })
        }
        try campaign.finish(client, cluster)
        // The worker may come back after the end of the sweep, which others brought.
        try cluster.waitUntil("nothing is charged") { try cluster.ledger.charged() == 0 }
    }
}
