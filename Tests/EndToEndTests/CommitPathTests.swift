import Foundation
import TestKit
import Testing

@Suite("A kill between any two steps of the commit path", .serialized)
struct CommitPathTests {
    /// The steps in their order; the coordinator's own are those from `received` to `acknowledged`.
    private static let steps = [
        "finished", "stored", "sent", "received", "written", "committed", "acknowledged", "receipted", "erased",
    ]
    private static let stepsOfCoordinator = ["received", "written", "committed", "acknowledged"]

    private static let sweep = Specification(
        name: "steps", features: "synthetic", task: "class", layers: 4, folds: 5, repeats: 1,
        probes: ["{type: linear, input: mean}", "{type: knn, input: class}"],
        training: "learning-rates: [0.1], warmup: 0, batch: 32", epochs: 2)

    @Test("Every unit has one row, and rows that were committed before the kill stay", arguments: steps)
    func killed(at step: String) throws {
        let campaign = try Campaign(Self.sweep)
        let cluster = try LiveCluster(in: campaign.folder.url)
        try cluster.startWorker(1)
        let before = try cluster.submit(campaign.specification).outcome()
        #expect(before.status == 0, "\(before.errors)")
        try cluster.waitUntil("the outbox is empty") { try campaign.bytesWaiting(at: 1) == 0 }
        let entered = try cluster.ledger.attempts()
        #expect(entered.count == Self.sweep.units)

        // The first time, since nobody knows into how many transactions results gather.
        let kill = ["PROBESWEEP_KILL_AT": "\(step):1"]
        let hitsCoordinator = Self.stepsOfCoordinator.contains(step)
        if hitsCoordinator {
            try cluster.killCoordinator()
            try cluster.restartCoordinator(environment: kill)
        } else {
            try cluster.killWorker(1)
            try cluster.startWorker(1, environment: kill)
        }
        var wider = Self.sweep
        wider.probes += ["{type: linear, input: class}", "{type: knn, input: mean}"]
        let client = try cluster.submit(try wider.write(in: campaign.folder.url), "--replace")
        let victim = hitsCoordinator ? try cluster.endOfCoordinator() : try cluster.end(ofWorker: 1)
        #expect(victim?.status == SIGKILL, "The process never came to the step: \(victim?.errors ?? "")")
        let survived = try cluster.ledger.attempts()
        let isEntered = ["committed", "acknowledged", "receipted", "erased"].contains(step)
        if isEntered { #expect(survived.count > entered.count) }
        if hitsCoordinator { try cluster.restartCoordinator() } else { try cluster.startWorker(1) }

        let outcome = try client.outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        let rows = try cluster.ledger.attempts()
        #expect(rows.count == wider.units)
        #expect(survived.allSatisfy { rows[$0.key] == $0.value })
        #expect(entered.allSatisfy { rows[$0.key] == $0.value })
        // A worker that dies over a unit alone, the last of its pass say, has its death charged to it.
        #expect(try cluster.ledger.charged() <= (hitsCoordinator ? 0 : 1))
        #expect(try cluster.ledger.problems() == [])
        // What is in the ledger is in no outbox any more.
        try cluster.waitUntil("the outbox is empty") { try campaign.bytesWaiting(at: 1) == 0 }
    }
}
