import Features
import class Foundation.FileManager
import struct Foundation.UUID
import Numerics
import Sweeps
import Synchronization
import Testing

@testable import Training

/// A small feature set on disk whose classes can be told from some tokens of each sample: 150 samples of 2 to 8 stored
/// tokens (class token first, so that some samples have a single patch token), D = 24, 4 classes.
final class SyntheticSet {
    static let width = 24
    static let classes = 4
    static let samples = 150

    let set: FeatureSet
    let layer: LayerTokens
    private let folder: String

    init(seed: UInt64 = 7) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "training-\(UUID().uuidString)").path
        folder = path
        let random = CounterGenerator(key: seed, stream: 1)
        let lengths = (0..<Self.samples).map { $0 % 29 == 0 ? 2 : 3 + Int(random.bits(at: UInt64($0)) % 6) }
        let writer = try FeatureSetWriter.create(
            path, name: "synthetic", backbone: .init(name: "none", revision: "0"), samples: Self.samples,
            layout: .init(classToken: true))
        try writer.writeLayer(
            .init(index: 0, name: "tokens", width: Self.width, dtype: .float32, finalNorm: false),
            lengths: .each(lengths)
        ) { (range, buffer) throws(FeatureError) in
            let values = buffer.assumingMemoryBound(to: Float.self)
            var place = 0
            for sample in range {
                for token in 0..<lengths[sample] {
                    for channel in 0..<Self.width {
                        values[place] = Self.element(seed, sample, token, channel)
                        place += 1
                    }
                }
            }
        }
        try writer.writeTask(Self.task("all", Array(0..<Self.samples)))
        try writer.writeTask(Self.task("even", Array(stride(from: 0, to: Self.samples, by: 2))))
        for task in Self.kinds { try writer.writeTask(task) }
        set = try writer.finish()
        layer = try set.layer(0)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Noise, and in the class token and every third patch token a direction of the sample's class.
    private static func element(_ seed: UInt64, _ sample: Int, _ token: Int, _ channel: Int) -> Float {
        let noise = CounterGenerator(key: seed, stream: UInt64(1000 + sample))
        let direction = CounterGenerator(key: seed, stream: UInt64(2 + sample % classes))
        let signal = token % 3 == 0 ? 1.2 * direction.normal(at: UInt64(channel)) : 0
        return Float(noise.normal(at: UInt64(token * width + channel)) + signal)
    }

    private static func task(_ name: String, _ samples: [Int]) -> FeatureTask {
        FeatureTask(
            name: name, kind: .classification, metric: "top1", classes: classes, samples: samples,
            targets: .classes(samples.map { Int32($0 % classes) }))
    }

    /// One task of each other kind, all of them told by the class: labels that overlap, yes or no, a rank, a number in
    /// large units, and relevance for queries of ten samples.
    private static var kinds: [FeatureTask] {
        let (all, groups) = (Array(0..<samples), (0..<samples).map { Int32($0 / 10) })
        let numbers = all.map { Float($0 % classes) }
        func task(
            _ kind: FeatureTask.Kind, _ metric: String, _ classes: Int, _ targets: FeatureTask.Targets
        ) -> FeatureTask {
            FeatureTask(
                name: kind.rawValue, kind: kind, metric: metric, classes: classes, samples: all, targets: targets,
                groups: groups)
        }
        return [
            task(
                .multilabel, "macro-average-precision", 3,
                .indicators(all.flatMap { row in (0..<3).map { (row % classes + $0) % classes < 2 ? 1 : 0 } })),
            task(.binary, "average-precision", 2, .classes(all.map { $0 % classes == 1 ? 1 : 0 })),
            task(.ranking, "kendall-tau", 1, .scores(numbers)),
            task(.regression, "r2", 1, .scores(numbers.map { 5000 + 300 * $0 })),
            task(.retrieval, "mean-average-precision", 2, .classes(all.map { $0 % classes == 2 ? 1 : 0 })),
        ]
    }

    func tasks() throws -> [String: FeatureTask] {
        var tasks: [String: FeatureTask] = [:]
        for name in set.tasks { tasks[name] = try set.task(name) }
        return tasks
    }

    /// Trains units in one pass, in the order given.
    func train(
        _ units: [Unit], threads: Int = 1, memory: Int = 1 << 30, kernel: KernelPath = .best(),
        checkpoints: CheckpointStore? = nil, isCancelled: @escaping @Sendable (UnitKey) -> Bool = { _ in false }
    ) throws -> [UnitKey: UnitOutcome] {
        let pass = Pass(
            units: units, layer: layer, tasks: try tasks(),
            settings: PassSettings(
                threads: threads, kernel: kernel, memoryBudget: memory,
                provenance: Provenance(
                    programVersion: "test", kernelPath: "", host: "", worker: "", threads: 0, blasThreads: 0, attempt: 1,
                    seconds: 0)))
        let outcomes = Mutex<[UnitKey: UnitOutcome]>([:])
        pass.run(
            PassObserver(
                finished: { outcome in
                    outcomes.withLock {
                        #expect($0[outcome.key] == nil, "a unit was finished twice")
                        $0[outcome.key] = outcome
                    }
                }, isCancelled: isCancelled), checkpoints: checkpoints)
        return outcomes.withLock { $0 }
    }
}

extension UnitOutcome {
    var trained: TrainedUnit? {
        if case .trained(let unit) = self { unit } else { nil }
    }

    var error: TrainingError? {
        if case .failed(_, let error) = self { error } else { nil }
    }
}
