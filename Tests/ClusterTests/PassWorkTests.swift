import Features
import Foundation
import Identities
import Numerics
import Probes
import Scheduling
import Sweeps
import Testing
import Training
import Units

@testable import Cluster

@Suite("What a pass needs")
struct PassWorkTests {
    @Test(
        "A spoiled shard is refused with file and offset, in the layer itself and in one before it",
        arguments: [1, 0])
    func spoiledShard(_ spoiled: Int) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pass-work-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var features = SyntheticFeatures(samples: 40, tokens: 3, width: 8, classes: 2)
        features.layers = 2
        features.dtype = .float32
        let set = try features.write(to: folder, threads: ThreadPool(threads: 1))
        let unit = try unit(on: set)
        var sound = FeatureLocator(roots: [])
        let work = try PassWork(forms(unit), folder: folder, &sound)
        #expect(work.earlierLayers.count == 1)

        let shard = "\(folder)/\(try set.entry(spoiled).shards[0].file)"
        let size = try #require(try FileManager.default.attributesOfItem(atPath: shard)[.size] as? Int)
        try overwrite(shard, at: size - 4, with: [0, 0, 0xC0, 0x7F])
        var locator = FeatureLocator(roots: [])
        let error = #expect(throws: FeatureError.self) { try PassWork(forms(unit), folder: folder, &locator) }
        #expect(error?.file == shard)
        #expect(error?.offset == size - 4)
        #expect(error?.found.hasPrefix("SHA-256") == true)
    }

    /// A unit on layer 1 that reads layer 0 too.
    private func unit(on set: FeatureSet) throws -> ProbeUnit {
        func reference(_ layer: Int) throws -> LayerReference {
            LayerReference(set: "synthetic", digest: try set.digest(ofLayer: layer), layer: layer, width: 8, tokens: 3)
        }
        let task = try set.task("class")
        return ProbeUnit(
            features: try reference(1),
            task: TaskReference(
                name: "class", digest: task.digest, kind: "classification", classes: 2, metric: "top1"),
            fold: FoldReference(scheme: "stratified", count: 2, seed: 0, repetition: 0, heldOut: 0),
            probe: try ProbeCatalog.complete(
                ProbeConfiguration(type: "dinov2", options: ["layers": .integer(2), "input": .text("class")])),
            solver: Solver(
                GradientSettings.standard(optimizer: "adamw"), selection: SweepDefaults.selection),
            seed: 0, earlierLayers: [try reference(0)])
    }

    private func forms(_ unit: ProbeUnit) throws -> [UnitKey: [UInt8]] {
        [unit.key: unit.canonicalForm.bytes]
    }

    private func overwrite(_ path: String, at offset: Int, with bytes: [UInt8]) throws {
        let file = try FileHandle(forUpdating: URL(filePath: path))
        defer { try? file.close() }
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: bytes)
    }
}
