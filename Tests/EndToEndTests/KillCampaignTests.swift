import Foundation
import TestKit
import Testing

@Suite("Killing any process at any moment", .serialized)
struct KillCampaignTests {
    /// 200 kills in every run, 1,000 where PROBESWEEP_LONG_TESTS is set.
    private static let kills = isLongRun ? 1_000 : 200

    @Test("Hundreds of kills over twenty thousand units: the table is byte for byte that of an undisturbed run")
    func tableSurvivesKills() throws {
        let campaign = try Campaign(repeats: 50)
        let sweep = campaign.sweep
        let cluster = try LiveCluster(in: campaign.folder.url)
        for worker in 1...3 { try cluster.startWorker(worker) }
        let client = try cluster.submit(campaign.specification)
        try cluster.waitUntil("the sweep is in the ledger") { try cluster.ledger.units() == sweep.units }
        var seen: [Int64: Int64] = [:]
        var chance = SeededGenerator(seed: 7)
        for kill in 1...Self.kills {
            // Spread over the whole sweep, and each at a random moment.
            try cluster.waitUntil("units go on being finished after \(kill - 1) kills") {
                try cluster.ledger.resultCount() >= sweep.units * (kill - 1) / (Self.kills + 10)
            }
            Thread.sleep(forTimeInterval: Double.random(in: 0...0.1, using: &chance))
            // A machine that finishes units faster than processes die would leave the last kills nothing to hit: the workers
            // stand still until the kills have caught up.
            let isAhead = try cluster.ledger.resultCount() > sweep.units * (kill + 3) / (Self.kills + 10)
            for worker in 1...3 { cluster.signalWorker(worker, isAhead ? SIGSTOP : SIGCONT) }
            try killSomething(in: cluster, &chance)
            guard kill.isMultiple(of: 20) else { continue }
            let now = try cluster.ledger.attempts()
            #expect(seen.allSatisfy { now[$0.key] == $0.value }, "An entered result was lost or replaced")
            seen = now
        }
        #expect(seen.count < sweep.units, "The sweep ended before the last of the kills, which hit nothing")
        for worker in 1...3 { cluster.signalWorker(worker, SIGCONT) }
        try campaign.finish(client, cluster)
        let now = try cluster.ledger.attempts()
        #expect(seen.allSatisfy { now[$0.key] == $0.value }, "An entered result was lost or replaced")
    }

    /// Long enough to be hit by all kills, which the test checks.
    private static let passes = Specification(
        name: "passes", folds: 4, repeats: 1,
        probes: [
            "{type: linear, input: class, solver: gradient}", "{type: linear, input: mean, solver: gradient}",
            "{type: mlp}", "{type: efficient, queries: 4}", "{type: efficient, queries: 8, output: D/4}",
        ], epochs: 120)

    @Test("Passes of many epochs resume where they were killed, and give the same table")
    func passesResume() throws {
        let campaign = try Campaign(Self.passes)
        let cluster = try LiveCluster(in: campaign.folder.url)
        cluster.workerOptions = ["--checkpoint-seconds", "0"]
        for worker in 1...2 { try cluster.startWorker(worker) }
        let client = try cluster.submit(campaign.specification)
        var chance = SeededGenerator(seed: 3)
        // In turn, and too few for one unit to be in hand at three deaths, which would put it in quarantine.
        for kill in 0..<4 {
            let start = Date()
            try cluster.waitUntil("training goes on") { try lastCheckpoint(of: campaign) > start }
            Thread.sleep(forTimeInterval: Double.random(in: 0...0.2, using: &chance))
            let worker = 1 + kill % 2
            try cluster.killWorker(worker)
            try cluster.startWorker(worker)
        }
        #expect(try cluster.ledger.resultCount() < Self.passes.units, "The last kills hit nothing")
        try campaign.finish(client, cluster)
        for worker in 1...2 {
            cluster.signalWorker(worker, SIGTERM)
            #expect(try cluster.end(ofWorker: worker)?.status == 0)
        }
        #expect(cluster.workerLog.contains("training resumes"))
        #expect(try checkpoints(of: campaign).isEmpty, "Checkpoints of finished units stayed")
    }

    private func checkpoints(of campaign: Campaign) throws -> [URL] {
        let folder = campaign.folder.file("cache/checkpoints")
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "checkpoint" }
    }

    /// When the newest of the checkpoints that there are was written.
    private func lastCheckpoint(of campaign: Campaign) throws -> Date {
        // Workers remove those of finished units meanwhile.
        let dates = try checkpoints(of: campaign).compactMap {
            try? FileManager.default.attributesOfItem(atPath: $0.path)[.modificationDate] as? Date
        }
        return dates.max() ?? .distantPast
    }

    private func killSomething(in cluster: LiveCluster, _ chance: inout SeededGenerator) throws {
        let worker = Int.random(in: 1...3, using: &chance)
        switch Int.random(in: 0...3, using: &chance) {
        case 0:
            try cluster.killCoordinator()
            try cluster.restartCoordinator()
        case 1:
            try cluster.killWorker(worker)
            try cluster.killCoordinator()
            try cluster.restartCoordinator()
            try cluster.startWorker(worker)
        default:
            try cluster.killWorker(worker)
            try cluster.startWorker(worker)
        }
    }
}
