import Features
import Foundation
import Identities
import Numerics
import Probes
import Scheduling
import Sweeps
import Synchronization
import TestKit
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
        let set = try features(in: folder)
        let unit = try unit(on: set)
        var sound = FeatureLocator(roots: [])
        let work = try PassWork(forms(unit), folders: [folder], &sound)
        #expect(work.earlierLayers.count == 1)

        let shard = "\(folder)/\(try set.entry(spoiled).shards[0].file)"
        let size = try #require(try FileManager.default.attributesOfItem(atPath: shard)[.size] as? Int)
        try overwrite(shard, at: size - 4, with: [0, 0, 0xC0, 0x7F])
        var locator = FeatureLocator(roots: [])
        let reason: String
        do {
            // Units that read the spoiled layer too are the only ones to suffer.
            let work = try PassWork(forms(unit), folders: [folder], &locator)
            #expect(spoiled == 0 && work.units.isEmpty)
            reason = try #require(work.unreadable.first?.reason)
        } catch let error as InputsUnreadable {
            #expect(spoiled == 1)
            reason = "\(error)"
        }
        #expect(reason.contains(shard))
        #expect(reason.contains("byte \(size - 4)"))
        #expect(reason.contains(": SHA-256 "))
    }

    @Test("A shard is verified again when it is not the file that was verified, and sound copies are taken")
    func changedSinceVerified() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pass-work-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let set = try features(in: folder)
        let unit = try unit(on: set)
        var locator = FeatureLocator(roots: [])
        _ = try PassWork(forms(unit), folders: [folder], &locator)
        let shard = "\(folder)/\(try set.entry(1).shards[0].file)"
        try FileManager.default.copyItem(atPath: shard, toPath: shard + ".copy")
        #expect(rename(shard + ".copy", shard) == 0)
        _ = try PassWork(forms(unit), folders: [folder], &locator)
        try change(shard)
        let error = #expect(throws: InputsUnreadable.self) { try PassWork(forms(unit), folders: [folder], &locator) }
        let problem = error?.cause as? FeatureError
        #expect(problem?.file == shard)
        #expect(problem?.found.hasPrefix("SHA-256") == true)
    }

    @Test("A manifest is read again when it changed")
    func changedManifest() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pass-work-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var locator = FeatureLocator(roots: [])
        _ = try PassWork(forms(try unit(on: try features(in: folder))), folders: [folder], &locator)
        try FileManager.default.removeItem(atPath: folder)
        let unit = try unit(on: try features(in: folder, seed: 5))
        let work = try PassWork(forms(unit), folders: [folder], &locator)
        #expect(work.units == [unit])
    }

    @Test("Units of a pass whose features change are given back without an outcome")
    func changedDuringPass() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pass-work-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let set = try features(in: folder)
        let (unit, attempt) = (try unit(on: set), Attempt(number: 1))
        let shard = "\(folder)/\(try set.entry(1).shards[0].file)"
        let events = Mutex<[Worker.Event]>([])
        let lines = LogLines()
        let runner = PassRunner(
            PassRunner.Configuration(threads: 1, kernel: .portable, memoryBudget: 1 << 30, featureRoots: []),
            identity: WorkerIdentity(programVersion: "test", name: "w", kernelPath: "portable"), checkpoints: nil,
            logger: lines.logger
        ) { event in
            if case .progressed = event, events.withLock({ $0.isEmpty }) { try? change(shard) }
            events.withLock { $0.append(event) }
        }
        runner.start(
            Lease(attempt: attempt, pass: PassID("p"), units: [unit.key]),
            LeaseContent(folder: folder, forms: try forms(unit)))
        let end = Worker.Event.passEnded(attempt, reason: nil)
        for _ in 0..<6000 where !events.withLock({ $0.contains(end) }) { usleep(10_000) }
        #expect(events.withLock { $0.last } == end)
        #expect(!events.withLock { $0.contains { if case .unitsEnded = $0 { true } else { false } } })
        #expect(lines.lines.contains { $0.contains("given back") && $0.contains(shard) })
    }

    private func features(in folder: String, seed: Int = 0) throws -> FeatureSet {
        var features = SyntheticFeatures(samples: 40, tokens: 3, width: 8, classes: 2)
        features.layers = 2
        features.dtype = .float32
        features.seed = UInt64(seed)
        return try features.write(to: folder, threads: ThreadPool(threads: 1))
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

/// Writes another number in place of the last, and gives the file a time of its own whatever the clock's resolution.
private func change(_ path: String) throws {
    let file = try FileHandle(forUpdating: URL(filePath: path))
    try file.seek(toOffset: try file.seekToEnd() - 4)
    try file.write(contentsOf: [0, 0, 0xA0, 0x40])
    try file.close()
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: path)
}
