import Foundation
import TestKit
import Testing

@Suite("The journal of a live coordinator", .serialized)
struct JournalTests {
    private func replay(_ cluster: LiveCluster) throws -> Program.Outcome {
        try Program(["replay", cluster.state.path], in: cluster.folder).outcome()
    }

    private func story(_ key: String, _ cluster: LiveCluster, _ options: String...) throws -> Program.Outcome {
        try Program(
            ["story", "tiny", "--unit", key, "--state", cluster.state.path] + options, in: cluster.folder
        ).outcome()
    }

    @Test("After a kill in the middle of a sweep, and at its end, the journal replays and gives a unit's story")
    func killed() throws {
        let campaign = try Campaign(repeats: 8, epochs: 40)
        let cluster = try LiveCluster(in: campaign.folder.url)
        for worker in 1...2 { try cluster.startWorker(worker) }
        let client = try cluster.submit(campaign.specification)
        try cluster.waitUntil("some units are done") { try cluster.ledger.resultCount() > 100 }
        try cluster.killCoordinator()

        let killed = try replay(cluster)
        #expect(killed.status == 0, "\(killed.output)\(killed.errors)")
        #expect(killed.output.hasPrefix("starts at segment 00000001.journal, "))
        #expect(killed.output.contains("coordinator 1, written by probesweep "))
        #expect(killed.output.contains("ends in the same state"))
        let first = try #require(try cluster.ledger.finishedKeys().first)
        let early = try story(String(first.prefix(12)), cluster)
        #expect(early.status == 0, "\(early.errors)")
        for clause in ["unit \(first)", "submitted", "leased to worker-", "result received from worker-", "committed"] {
            #expect(early.output.contains(clause), "\(clause) is missing in\n\(early.output)")
        }

        // The last events before the kill need not be in the journal, though the ledger has what came of them.
        let before = Set(try cluster.ledger.finishedKeys())
        try cluster.restartCoordinator()
        // While it runs.
        try cluster.waitUntil("the second coordinator has a journal") {
            try replay(cluster).output.contains("2 coordinators")
        }
        try campaign.finish(client, cluster)
        cluster.signalCoordinator(SIGTERM)
        #expect(try cluster.endOfCoordinator()?.status == 0)
        let ended = try replay(cluster)
        #expect(ended.status == 0, "\(ended.output)\(ended.errors)")
        #expect(ended.output.contains("ends in the same state (compared 1 times as a whole"), "\(ended.output)")
        #expect(ended.output.contains("0 events follow the last"), "\(ended.output)")
        let last = try #require(try cluster.ledger.finishedKeys().last { !before.contains($0) })
        let late = try story(last, cluster, "--format", "json")
        #expect(late.status == 0, "\(late.errors)")
        let told = try JSONSerialization.jsonObject(with: Data(late.output.utf8)) as? [String: Any]
        let lines = try #require(told?["lines"] as? [[String: Any]])
        let kinds = lines.compactMap { ($0["entry"] as? [String: Any])?["kind"] as? String }
        #expect(kinds.contains("committed"), "\(kinds)")
        #expect(lines.contains { $0["incarnation"] as? Int == 2 })
    }

    @Test(
        "A key that is too short, unknown or invalid gives status 2 and the reason",
        arguments: [
            ("abc", "at least the first 8"), ("0123456789abcdefg", "is not a key"),
            ("ffffffffffffffff", "no unit of sweep"),
        ])
    func keys(_ key: String, _ hint: String) throws {
        let folder = try TemporaryFolder()
        var sweep = Specification.small
        sweep.probes = ["{type: knn}"]
        let run = try Program.run("run", try sweep.write(in: folder.url).path, "--state", "s", in: folder.url)
        #expect(run.status == 0, "\(run.errors)")
        let outcome = try Program.run("story", "small", "--unit", key, "--state", "s", in: folder.url)
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains(hint), "\(outcome.errors)")
    }

    @Test(
        "A trap reports the event and the states, frees port and lock at once, and is in the journal"
    )
    func trap() throws {
        let campaign = try Campaign(repeats: 1)
        let cluster = try LiveCluster(in: campaign.folder.url, environment: ["PROBESWEEP_TRAP_AT": "40"])
        try cluster.startWorker(1)
        let client = try cluster.submit(campaign.specification)
        try cluster.waitUntil("the trap is reported") { try cluster.coordinatorLogSoFar().contains("ended by SIG") }
        let clock = ContinuousClock()
        let trapped = clock.now
        let outcome = try #require(try cluster.endOfCoordinator())
        #expect(clock.now - trapped < .seconds(2))
        #expect([SIGILL, SIGTRAP].contains(outcome.status))
        #expect(outcome.errors.contains("Fatal error: The environment asked for a trap at this event."))
        #expect(outcome.errors.contains("the coordinator was handling "))
        #expect(outcome.errors.contains("coordinator 1 at "))
        #expect(!outcome.errors.contains("*** Program crashed"), "The backtracer ran.")
        let replayed = try replay(cluster)
        #expect(replayed.status == 0, "\(replayed.output)\(replayed.errors)")
        #expect(replayed.output.contains("ran 40 events"), "\(replayed.output)")
        let event =
            outcome.errors.components(separatedBy: "the coordinator was handling ").last?
            .components(separatedBy: "\n").first ?? "?"
        #expect(replayed.output.contains("the last event is \(event)"), "\(replayed.output)")

        try cluster.restartCoordinator()
        try campaign.finish(client, cluster)
    }
}
