import Features
import Foundation
import Identities
import Probes
import Sweeps
import Synchronization
import Testing
import Units

@testable import Training

@Suite("Features that change while a pass reads them")
struct ChangedFeaturesTests {
    private let set: SyntheticSet

    init() throws { set = try SyntheticSet() }

    /// A unit of each way of finding a head, and of each kind of file that is read.
    private static func units() throws -> [ProbeUnit] {
        let selection = SelectionSettings(fraction: 0.2, refit: true)
        return try [
            UnitsUnderTest.unit("linear", ["input": .text("class")], refit: true),
            UnitsUnderTest.unit("efficient", ["queries": .integer(2)]),
            UnitsUnderTest.unit("knn"),
            UnitsUnderTest.unit(
                "linear", ["input": .text("mean")],
                solver: Solver(
                    LogisticSettings(penalties: [0.1, 1], maximumIterations: 50, tolerance: 1e-4),
                    selection: selection)),
            UnitsUnderTest.unit(
                "linear", ["input": .text("mean")],
                solver: Solver(RidgeSettings(penalties: [1, 10]), selection: selection)),
        ]
    }

    private func shard(of layer: Int) throws -> String {
        "\(set.set.folder)/\(try set.set.entry(layer).shards[0].file)"
    }

    /// Writes other bytes in place, of the same size, and with a time of its own whatever the clock's resolution.
    private static func change(_ path: String) throws {
        let file = try FileHandle(forUpdating: URL(filePath: path))
        try file.seek(toOffset: try file.seekToEnd() - 4)
        try file.write(contentsOf: [0, 0, 0x80, 0x3F])
        try file.close()
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: path)
    }

    /// Trains units while something happens after so many questions whether to go on.
    private func train(
        _ units: [ProbeUnit], after questions: Int = 1, checkpoints: CheckpointStore? = nil,
        _ happening: @escaping @Sendable () throws -> Void
    ) throws -> [UnitKey: TrainingOutcome] {
        let asked = Atomic(0)
        return try set.train(units, checkpoints: checkpoints) { _ in
            if asked.wrappingAdd(1, ordering: .relaxed).newValue == questions { try? happening() }
            return false
        }
    }

    @Test("A shard that changes in place ends the pass with its name, however heads are found", arguments: 0..<5)
    func shard(_ unit: Int) throws {
        let shard = try shard(of: 0)
        let unit = try Self.units()[unit]
        let finished = Mutex(0)
        let error = #expect(throws: FeatureError.self) {
            let outcomes = try train([unit]) { try Self.change(shard) }
            finished.withLock { $0 = outcomes.count }
        }
        #expect(error?.file == shard)
        #expect(finished.withLock { $0 } == 0)
    }

    @Test("So does a shard of an earlier layer, and a file of weights that a probe starts from")
    func otherFiles() throws {
        for path in try [shard(of: 1), "\(set.set.folder)/weights/backbone.safetensors"] {
            let set = try SyntheticSet()
            let local = path.replacingOccurrences(of: self.set.set.folder, with: set.set.folder)
            let asked = Atomic(0)
            let error = #expect(throws: FeatureError.self) {
                try set.train(Self.units()) { _ in
                    if asked.wrappingAdd(1, ordering: .relaxed).newValue == 1 { try? Self.change(local) }
                    return false
                }
            }
            #expect(error?.file == local)
        }
    }

    @Test("An epoch that may have read other bytes is not saved as a checkpoint")
    func checkpoints() throws {
        let shard = try shard(of: 0)
        let saves = Mutex(0)
        let store = CheckpointStore(
            interval: 0, load: { _ in nil }, save: { _, _ in saves.withLock { $0 += 1 } }, resumed: { _ in })
        // Five steps an epoch: the change comes in the third of eight.
        #expect(throws: FeatureError.self) {
            try train([Self.units()[0]], after: 12, checkpoints: store) { try Self.change(shard) }
        }
        #expect(saves.withLock { $0 } == 2)
    }

    @Test("Shards that are copied and renamed into place change no bit of any result")
    func replaced() throws {
        let (units, shard) = (try Self.units(), try shard(of: 0))
        let undisturbed = try set.train(units)
        let disturbed = try train(units) {
            try FileManager.default.copyItem(atPath: shard, toPath: shard + ".copy")
            _ = rename(shard + ".copy", shard)
        }
        for unit in units {
            let (one, other) = (undisturbed[unit.key]?.trained, disturbed[unit.key]?.trained)
            #expect(one != nil && one?.predictions.scores == other?.predictions.scores)
            #expect(one?.result.candidateScores == other?.result.candidateScores)
        }
    }
}
