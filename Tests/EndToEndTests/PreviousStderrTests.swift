import Foundation
import TestKit
import Testing

@Suite("Units that kill their workers")
struct PreviousStderrTests {
    @Test(
        "A unit that killed three workers is quarantined, with their last standard error, and status shows the reason")
    func quarantine() throws {
        let campaign = try Campaign(
            Specification(name: "deadly", layers: 1, folds: 2, repeats: 1, probes: ["{type: knn}"], epochs: 2))
        try String(contentsOf: campaign.specification, encoding: .utf8)
            .replacing("tasks:", with: "layers: [0]\ntasks:")
            .write(to: campaign.specification, atomically: true, encoding: .utf8)
        let cluster = try LiveCluster(in: campaign.folder.url)
        let client = try cluster.submit(campaign.specification)
        // Every worker dies when its first unit is finished, before the result has left its memory, and is started
        // again.
        try cluster.waitUntil("the units are given up") {
            for worker in 1...3 where !cluster.isRunning(worker: worker) {
                _ = try cluster.end(ofWorker: worker)
                try cluster.startWorker(worker, environment: ["PROBESWEEP_KILL_AT": "finished"])
            }
            return try cluster.ledger.quarantined() == campaign.sweep.units
        }
        for worker in 1...3 { try cluster.killWorker(worker) }
        for worker in 1...3 { try cluster.startWorker(worker) }
        try cluster.waitUntil("the reasons have the last standard error") {
            try cluster.ledger.quarantineReasons().allSatisfy { $0.contains("Its last standard error:") }
        }
        let reasons = try cluster.ledger.quarantineReasons()
        #expect(reasons.allSatisfy { $0.contains("died while it trained this unit alone") }, "\(reasons)")
        #expect(reasons.allSatisfy { $0.contains("worker starts") }, "\(reasons)")
        #expect(try client.outcome().status == 3)
        let status = try cluster.ask("status", "deadly")
        #expect(status.output.contains(" quarantined: Worker worker-"), "\(status.output)")
    }
}
