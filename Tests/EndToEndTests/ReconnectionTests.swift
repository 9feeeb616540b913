import Foundation
import TestKit
import Testing

@Suite("Lost connections", .serialized)
struct ReconnectionTests {
    /// One unit that takes many seconds, since nothing else is in its sweep: a predefined split has one fold.
    private func longUnit(in folder: URL) throws -> URL {
        try NumpyFile.write(shape: [200, 16, 64], to: folder.appending(path: "tokens.npy")) { index in
            Float((index &* 2_654_435_761) % 1_000) / 1_000
        }
        let rows = (0..<200).map { "\($0 % 2 == 0 ? "even" : "odd"),\($0 % 5 == 0 ? "test" : "train")" }
        try (["label,split"] + rows).joined(separator: "\n")
            .write(to: folder.appending(path: "labels.csv"), atomically: true, encoding: .utf8)
        let made = try Program.run(
            "features", "import", "set", "--name", "set", "--backbone", "none", "--layer", "0=tokens.npy", "--labels",
            "labels.csv", "--task", "parity", in: folder)
        #expect(made.status == 0, "\(made.errors)")
        let file = folder.appending(path: "long.yaml")
        try """
        name: long
        features: set
        tasks: [parity]
        folds: {scheme: predefined}
        probes: [{type: efficient, queries: 4}]
        training: {learning-rates: [0.01], warmup: 1, batch: 64, epochs: 9000}
        """.write(to: file, atomically: true, encoding: .utf8)
        return file
    }

    @Test("A worker that loses its connection ten times during one long unit continues: nothing is charged or repeated")
    func tenCuts() throws {
        let folder = try TemporaryFolder()
        let specification = try longUnit(in: folder.url)
        let cluster = try LiveCluster(in: folder.url)
        let proxy = try TCPProxy(to: cluster.address)
        defer { proxy.close() }
        try cluster.startWorker(1, at: proxy.address)
        let client = try cluster.submit(specification)
        try cluster.waitUntil("the unit is in training") {
            // A lease counts as held once it is sent; the first cut could still meet it on its way.
            let workers = try cluster.ask("workers", "--format", "json").output.replacing(" ", with: "")
            return workers.contains("\"held\":1") && !workers.contains("\"progress\":0,")
        }
        // Another one idles beside it and would take the unit up.
        try cluster.startWorker(2)
        for cut in 1...10 {
            proxy.cut()
            try cluster.waitUntil("the worker is back") {
                try cluster.coordinatorLogSoFar().ranges(of: "worker returned").count >= cut
            }
        }
        #expect(try cluster.ledger.resultCount() == 0, "The unit was done before the last cut; make it longer.")
        let outcome = try client.outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        try expectNothingHappened(in: cluster)
        // No message was on its way when the wire was cut, so that no lease was lost or found again.
        let log = try cluster.coordinatorLogSoFar()
        for event in ["lease adopted", "lease vanished"] { #expect(!log.contains(event), "\(log)") }
        #expect(try cluster.ledger.attempts().values.allSatisfy { try $0 == 1 << 32 | 1 || cluster.wasCopied })
    }

    @Test("When all workers lose their connections five times, nothing is charged, cancelled or repeated")
    func everybody() throws {
        let campaign = try Campaign(repeats: 8)
        let cluster = try LiveCluster(in: campaign.folder.url)
        let proxy = try TCPProxy(to: cluster.address)
        defer { proxy.close() }
        for worker in 1...3 { try cluster.startWorker(worker, at: proxy.address) }
        let client = try cluster.submit(campaign.specification)
        for cut in 1...5 {
            try cluster.waitUntil("units are done") {
                try cluster.ledger.resultCount() > cut * campaign.sweep.units / 8
            }
            proxy.cut()
            try cluster.waitUntil("all workers are back") {
                try cluster.coordinatorLogSoFar().ranges(of: "worker returned").count >= 3 * cut
            }
        }
        try campaign.finish(client, cluster)
        try expectNothingHappened(in: cluster)
    }

    private func expectNothingHappened(in cluster: LiveCluster) throws {
        let log = try cluster.coordinatorLogSoFar()
        for event in ["worker lost", "unit charged", "unit quarantined"] {
            #expect(!log.contains(event), "\(event): \(log)")
        }
        #expect(try cluster.ledger.failures() == 0)
    }
}

extension LiveCluster {
    /// Whether idle workers took up units that others had in training, as they do at the end of a sweep.
    fileprivate var wasCopied: Bool {
        get throws { try coordinatorLogSoFar().contains("lease copied") }
    }
}
