import Features
import Identities
import Units
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
    /// Another layer of the same samples, as if it stood before the first.
    let earlierLayer: LayerTokens
    private let folder: String

    /// - Parameter change: Makes an element of another one, given the sample.
    init(seed: UInt64 = 7, change: (_ sample: Int, _ value: Float) -> Float = { $1 }) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "training-\(UUID().uuidString)").path
        folder = path
        let random = CounterGenerator(key: seed, stream: 1)
        let lengths = (0..<Self.samples).map { $0 % 29 == 0 ? 2 : 3 + Int(random.bits(at: UInt64($0)) % 6) }
        let writer = try FeatureSetWriter.create(
            path, name: "synthetic", backbone: .init(name: "none", revision: "0"), samples: Self.samples,
            layout: .init(classToken: true))
        for index in 0..<2 {
            try writer.writeLayer(
                .init(index: index, name: "tokens \(index)", width: Self.width, dtype: .float32, finalNorm: false),
                lengths: .each(lengths)
            ) { (range, buffer) throws(FeatureError) in
                let values = buffer.assumingMemoryBound(to: Float.self)
                var place = 0
                for sample in range {
                    for token in 0..<lengths[sample] {
                        for channel in 0..<Self.width {
                            values[place] = change(
                                sample, Self.element(seed + UInt64(100 * index), sample, token, channel))
                            place += 1
                        }
                    }
                }
            }
        }
        try writer.writeTask(Self.task("all", Array(0..<Self.samples)))
        try writer.writeTask(Self.task("even", Array(stride(from: 0, to: Self.samples, by: 2))))
        for task in Self.kinds { try writer.writeTask(task) }
        set = try writer.finish()
        layer = try set.layer(0)
        earlierLayer = try set.layer(1)
        try Self.writeWeights(in: path, seed)
    }

    /// The directions of the classes as class embeddings, and backbones of one block of each type.
    private static func writeWeights(in folder: String, _ seed: UInt64) throws {
        let directions = (0..<classes).flatMap { label in
            (0..<width).map { channel in
                Float(CounterGenerator(key: seed, stream: UInt64(2 + label)).normal(at: UInt64(channel)))
            }
        }
        try write([("class_embeddings", [classes, width], directions)], to: "classes", in: folder)
        let D = width
        let block: [(String, [Int])] = [
            ("blocks.0.norm1.weight", [D]), ("blocks.0.norm1.bias", [D]), ("blocks.0.attn.qkv.weight", [3 * D, D]),
            ("blocks.0.attn.qkv.bias", [3 * D]), ("blocks.0.attn.proj.weight", [D, D]),
            ("blocks.0.attn.proj.bias", [D]),
            ("blocks.0.norm2.weight", [D]), ("blocks.0.norm2.bias", [D]), ("blocks.0.mlp.fc1.weight", [4 * D, D]),
            ("blocks.0.mlp.fc1.bias", [4 * D]), ("blocks.0.mlp.fc2.weight", [D, 4 * D]), ("blocks.0.mlp.fc2.bias", [D]),
        ]
        let ends: [(String, [Int])] = [("norm.weight", [D]), ("norm.bias", [D]), ("head.weight", [10, D])]
        let scales: [(String, [Int])] = [("blocks.0.ls1.gamma", [D]), ("blocks.0.ls2.gamma", [D])]
        try write(drawn(block + ends, seed), to: "backbone", in: folder)
        try write(
            drawn(block + ends + scales, seed), to: "layer-scale", ["block-type": "layer-scale", "heads": "3"],
            in: folder)
        try write(
            drawn(block, seed), to: "post-norm", ["block-type": "post-norm", "heads": "3", "epsilon": "1e-12"],
            in: folder)
    }

    private static func drawn(_ shapes: [(String, [Int])], _ seed: UInt64) -> [(String, [Int], [Float])] {
        shapes.enumerated().map { place, tensor in
            let draws = CounterGenerator(key: seed, stream: UInt64(500 + place))
            let values = (0..<tensor.1.reduce(1, *)).map { (index) -> Float in
                let isScale = tensor.1.count == 1 && (tensor.0.hasSuffix("weight") || tensor.0.hasSuffix("gamma"))
                return Float(0.1 * draws.normal(at: UInt64(index))) + (isScale ? 1 : 0)
            }
            return (tensor.0, tensor.1, values)
        }
    }

    private static func write(
        _ tensors: [(String, [Int], [Float])], to name: String, _ metadata: [String: String] = [:], in folder: String
    ) throws {
        try FileManager.default.createDirectory(atPath: "\(folder)/weights", withIntermediateDirectories: true)
        let writer = try SafetensorsWriter.create(
            "\(folder)/weights/\(name).safetensors",
            tensors: tensors.map { (name: $0.0, type: .float32, shape: $0.1) }, metadata: metadata)
        for tensor in tensors { try writer.append(tensor.2) }
        _ = try writer.finish()
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

    /// Trains units in one pass, in the order given; on the path of the environment where none is named.
    func train(
        _ units: [ProbeUnit], threads: Int = 1, memory: Int = 1 << 30, kernel: KernelPath? = nil,
        checkpoints: CheckpointStore? = nil, isCancelled: @escaping @Sendable (UnitKey) -> Bool = { _ in false },
        reached: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> [UnitKey: TrainingOutcome] {
        let pass = Pass(
            units: units, layer: layer, tasks: try tasks(),
            settings: PassSettings(
                threads: threads, kernel: try kernel ?? .fromEnvironment(), memoryBudget: memory,
                provenance: Provenance(
                    programVersion: "test", kernelPath: "", host: "", worker: "", threads: 0, blasThreads: 0,
                    attempt: 1, seconds: 0)),
            earlierLayers: [earlierLayer], levels: [1: earlierLayer],
            weights: Dictionary(uniqueKeysWithValues: try set.weights.map { ($0, try set.weights($0)) }))
        let outcomes = Mutex<[UnitKey: TrainingOutcome]>([:])
        try pass.run(
            PassObserver(
                finished: { outcome in
                    outcomes.withLock {
                        #expect($0[outcome.key] == nil, "a unit was finished twice")
                        $0[outcome.key] = outcome
                    }
                }, reached: reached, isCancelled: isCancelled), checkpoints: checkpoints)
        return outcomes.withLock { $0 }
    }
}

extension TrainingOutcome {
    var trained: TrainedUnit? {
        if case .trained(let unit) = self { unit } else { nil }
    }

    var error: TrainingError? {
        if case .failed(_, let error) = self { error } else { nil }
    }
}
