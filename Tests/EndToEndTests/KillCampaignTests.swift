import Foundation
import TestKit
import Testing

@Suite("Killing any process at any moment", .serialized)
struct KillCampaignTests {
    /// Kills that one run must survive.
    private static let kills = 24

    /// Long enough to be hit by all of them, which the test checks.
    private static let sweep = Specification(
        name: "kills", folds: 4, repeats: 2,
        probes: [
            "{type: linear, input: class}", "{type: linear, input: mean}", "{type: knn}", "{type: mlp}",
            "{type: efficient, queries: 1}", "{type: efficient, queries: 4}", "{type: efficient, queries: 8, output: D/4}",
        ], epochs: 160)

    @Test("The table is byte for byte that of an undisturbed run, and nothing finished is trained again")
    func tableSurvivesKills() throws {
        let folder = try TemporaryFolder()
        let specification = try Self.sweep.write(in: folder.url)
        let undisturbed = try Program.run("run", specification.path, "--state", "calm", "--workers", "2", in: folder.url)
        #expect(undisturbed.status == 0, "\(undisturbed.errors)")

        let cluster = try LiveCluster(in: folder.url)
        for worker in 1...2 { try cluster.startWorker(worker) }
        let client = try cluster.submit(specification)
        var chance = SplitMix(state: 7)
        var seen: [String: [String: String]] = [:]
        var kills = 0
        while kills < Self.kills {
            Thread.sleep(forTimeInterval: Double.random(in: 0.05...0.35, using: &chance))
            switch Int.random(in: 0...3, using: &chance) {
            case 0:
                try cluster.killCoordinator()
                try cluster.restartCoordinator()
            case 1:
                try cluster.killWorker(1)
                try cluster.killCoordinator()
                try cluster.restartCoordinator()
                try cluster.startWorker(1)
            case let worker:
                try cluster.killWorker(worker - 1)
                try cluster.startWorker(worker - 1)
            }
            kills += 1
            let now = try finished(in: cluster)
            for (unit, provenance) in seen { #expect(now[unit] == provenance, "\(unit) was trained again") }
            seen = now
        }
        #expect(seen.count < Self.sweep.units, "The sweep ended before the last of the kills, which hit nothing")
        let outcome = try client.outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        for cost in ["params", "gflops"] {
            for format in ["text", "csv", "json"] {
                let options = ["--against", cost, "--format", format]
                let calm = try Program(["table", "kills", "--state", "calm"] + options, in: folder.url).outcome()
                let disturbed = try Program(["table", "kills", "--state", "state"] + options, in: folder.url).outcome()
                #expect(!calm.output.isEmpty)
                #expect(calm.output == disturbed.output)
            }
        }
    }

    private func finished(in cluster: LiveCluster) throws -> [String: [String: String]] {
        try FinishedUnits(json: try cluster.table("kills", "--format", "json", "--times")).provenance
    }
}

/// A small generator whose sequence is the same everywhere, so that a failing campaign can be run again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
