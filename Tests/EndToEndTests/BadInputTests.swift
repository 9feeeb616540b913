import Crypto
import Foundation
import TestKit
import Testing

@Suite("Features that changed or are damaged", .serialized)
struct BadInputTests {
    enum Damage: String, CaseIterable {
        /// One bit of the tokens, as a bad disk has it.
        case bit
        /// The end of the file is missing, as after a copy that was broken off.
        case truncated
        /// A token that is NaN in features that are what their manifest says.
        case notANumber
        /// Other labels than when the sweep was planned.
        case labels
    }

    @Test(
        "Only the units that need damaged data are missing, and the table says why",
        arguments: Damage.allCases)
    func damaged(_ damage: Damage) throws {
        var sweep = Specification.tiny
        (sweep.name, sweep.folds, sweep.repeats, sweep.layers) = ("damaged", 4, 1, 4)
        let campaign = try Campaign(sweep)
        let features = campaign.folder.file("synthetic")
        let manifest = try Manifest(features)
        let shard = features.appending(path: manifest.shard(ofLayer: 2))
        if damage == .notANumber {
            try change(shard) { $0.replaceSubrange($0.count - 40..<$0.count - 38, with: [0xC0, 0x7F]) }
            try manifest.setDigest(ofLayer: 2, to: hash(shard))
        }
        let cluster = try LiveCluster(in: campaign.folder.url)
        let client = try cluster.submit(campaign.specification)
        try cluster.waitUntil("the sweep is in the ledger") { try cluster.ledger.units() == sweep.units }
        switch damage {
        case .bit: try change(shard) { $0[$0.count - 40] ^= 1 }
        case .truncated: try change(shard) { $0.removeLast(40) }
        case .labels: try otherLabels(in: features)
        case .notANumber: break
        }
        for worker in 1...2 { try cluster.startWorker(worker) }
        let outcome = try client.outcome()
        #expect(outcome.status == 3, "\(outcome.errors)")

        let blocked = damage == .labels ? sweep.units : sweep.units / sweep.layers
        #expect(try cluster.ledger.quarantined() == blocked)
        #expect(try cluster.ledger.resultCount() == sweep.units - blocked)
        let table = try cluster.table(sweep.name)
        let reasons = try cluster.ledger.quarantineReasons()
        #expect(!reasons.isEmpty)
        if damage == .labels {
            #expect(reasons.allSatisfy { $0.contains("other labels") }, "\(reasons)")
            #expect(table.contains("other labels"), "\(table)")
        } else {
            #expect(reasons.allSatisfy { $0.contains(shard.lastPathComponent) }, "\(reasons)")
            #expect(table.contains(shard.lastPathComponent), "\(table)")
            #expect(table.contains("4/4"), "\(table)")
        }
        // The place in the file, where there is one.
        let size = try Data(contentsOf: shard).count
        if damage == .notANumber { #expect(reasons.allSatisfy { $0.contains("\(size - 40)") }, "\(reasons)") }
        #expect(table.contains("0/4"), "\(table)")
    }

    private func change(_ file: URL, _ damage: (inout Data) -> Void) throws {
        var bytes = try Data(contentsOf: file)
        damage(&bytes)
        try bytes.write(to: file)
    }

    private func hash(_ file: URL) throws -> String {
        SHA256.hash(data: try Data(contentsOf: file)).map { String(format: "%02x", $0) }.joined()
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
