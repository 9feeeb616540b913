import Digests
import Foundation
import TestKit
import Testing

@Suite("Features that changed or are damaged", .serialized)
struct BadInputTests {
    enum Damage: String {
        /// One bit of the tokens, as a bad disk has it.
        case bit
        /// The end of the file is missing, as after a copy that was broken off.
        case truncated
        /// Other labels than when the sweep was planned.
        case labels
    }

    @Test(
        "Units whose features are damaged on this machine wait, uncharged, with the reason, and train once that is mended",
        arguments: [Damage.bit, .truncated, .labels])
    func damagedHere(_ damage: Damage) throws {
        var sweep = Specification.tiny
        (sweep.name, sweep.folds, sweep.repeats, sweep.layers) = ("damaged", 4, 1, 4)
        let campaign = try Campaign(sweep)
        let features = campaign.folder.file("synthetic")
        let shard = features.appending(path: try Manifest(features).shard(ofLayer: 2))
        let spared = campaign.folder.file("spared")
        try FileManager.default.copyItem(at: features, to: spared)
        let cluster = try LiveCluster(in: campaign.folder.url)
        let client = try cluster.submit(campaign.specification)
        try cluster.waitUntil("the sweep is in the ledger") { try cluster.ledger.units() == sweep.units }
        switch damage {
        case .bit: try change(shard) { $0[$0.count - 40] ^= 1 }
        case .truncated: try change(shard) { $0.removeLast(40) }
        default: try otherLabels(in: features)
        }
        for worker in 1...2 { try cluster.startWorker(worker) }
        let blocked = damage == .labels ? sweep.units : sweep.units / sweep.layers
        var status = ""
        try cluster.waitUntil("all others are done, and the status says what is missing") {
            status = try cluster.ask("status").output
            return try cluster.ledger.resultCount() == sweep.units - blocked && status.contains("on no worker")
        }
        #expect(status.contains(damage == .labels ? "other labels" : shard.lastPathComponent), "\(status)")
        #expect(try cluster.ledger.quarantined() == 0)
        for part in ["tasks", "layers"] {
            try FileManager.default.removeItem(at: features.appending(path: part))
            try FileManager.default.copyItem(at: spared.appending(path: part), to: features.appending(path: part))
        }
        let outcome = try client.outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try cluster.ledger.resultCount() == sweep.units)
    }

    @Test("Units whose features are damaged in every copy are missing, and the table says why and where")
    func damagedEverywhere() throws {
        var sweep = Specification.tiny
        (sweep.name, sweep.folds, sweep.repeats, sweep.layers) = ("damaged", 4, 1, 4)
        let campaign = try Campaign(sweep)
        let features = campaign.folder.file("synthetic")
        let manifest = try Manifest(features)
        let shard = features.appending(path: manifest.shard(ofLayer: 2))
        try change(shard) { $0.replaceSubrange($0.count - 40..<$0.count - 38, with: [0xC0, 0x7F]) }
        try manifest.setDigest(ofLayer: 2, to: hash(shard))
        let cluster = try LiveCluster(in: campaign.folder.url)
        let client = try cluster.submit(campaign.specification)
        for worker in 1...2 { try cluster.startWorker(worker) }
        let outcome = try client.outcome()
        #expect(outcome.status == 3, "\(outcome.errors)")

        let blocked = sweep.units / sweep.layers
        #expect(try cluster.ledger.quarantined() == blocked)
        #expect(try cluster.ledger.resultCount() == sweep.units - blocked)
        let table = try cluster.table(sweep.name)
        let reasons = try cluster.ledger.quarantineReasons()
        #expect(!reasons.isEmpty)
        #expect(reasons.allSatisfy { $0.contains(shard.lastPathComponent) }, "\(reasons)")
        #expect(table.contains(shard.lastPathComponent), "\(table)")
        #expect(table.contains("4/4"), "\(table)")
        let size = try Data(contentsOf: shard).count
        #expect(reasons.allSatisfy { $0.contains("\(size - 40)") }, "\(reasons)")
        #expect(table.contains("0/4"), "\(table)")
    }

    private func change(_ file: URL, _ damage: (inout Data) -> Void) throws {
        var bytes = try Data(contentsOf: file)
        damage(&bytes)
        try bytes.write(to: file)
    }

    private func hash(_ file: URL) throws -> String {
        SHA256.hash(try Data(contentsOf: file)).hexadecimal
    }

    /// Puts the task of another set in the place of the only one.
    private func otherLabels(in features: URL) throws {
        let outcome = try Program.run(
            "features", "synthesize", "other", "--samples", "80", "--tokens", "4", "--width", "8", "--classes", "3",
            in: features.deletingLastPathComponent())
        #expect(outcome.status == 0, "\(outcome.errors)")
        let other = features.deletingLastPathComponent().appending(path: "other/tasks")
        let tasks = features.appending(path: "tasks")
        try FileManager.default.removeItem(at: tasks)
        try FileManager.default.copyItem(at: other, to: tasks)
    }
}

/// `featureset.json`, as far as the test changes it.
private struct Manifest {
    private let file: URL
    private let root: [String: Any]

    init(_ features: URL) throws {
        file = features.appending(path: "featureset.json")
        root = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
    }

    private var layers: [[String: Any]] { root["layers"] as? [[String: Any]] ?? [] }

    func shard(ofLayer layer: Int) -> String {
        (layers[layer]["shards"] as? [[String: Any]])?.first?["file"] as? String ?? ""
    }

    func setDigest(ofLayer layer: Int, to digest: String) throws {
        var (root, layers) = (root, layers)
        var shards = layers[layer]["shards"] as? [[String: Any]] ?? []
        shards[0]["sha256"] = digest
        layers[layer]["shards"] = shards
        root["layers"] = layers
        try JSONSerialization.data(withJSONObject: root).write(to: file)
    }
}
