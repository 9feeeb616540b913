import ArgumentParser
import Features
import Foundation
import Numerics
import Training

/// Measures what it costs to replace each predictor's map of efficient probing, compared with evaluating the head once.
struct AttentionBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attention", abstract: "Measure all ablations of a head's maps beside one evaluation of it.")

    @OptionGroup var options: MeasurementOptions

    @Option(help: "Samples that are evaluated.")
    var samples = 512

    /// M.
    private static let queries = 32
    private static let (tokens, width, classes) = (196, 768, 1000)

    func run() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "attention-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        print(
            "M=\(Self.queries), T=\(Self.tokens), D=D_o=\(Self.width), C=\(Self.classes), \(samples) samples,",
            "\(options.threads) thread(s), medians of \(options.runs):")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let head = try DrawnHead.write(
            to: folder.appending(path: "head.safetensors").path, queries: Self.queries, width: Self.width,
            classes: Self.classes)
        for type in [ElementType.bfloat16, .float32] {
            var features = SyntheticFeatures(
                samples: samples, tokens: Self.tokens, width: Self.width, classes: 16)
            features.dtype = type
            let set = try features.write(
                to: folder.appending(path: type.rawValue).path, threads: ThreadPool(threads: options.threads))
            let layer = try set.layer(0)
            for path in options.paths { try measure(head, layer, type, on: path) }
        }
    }

    private func measure(_ head: HeadFile, _ layer: LayerTokens, _ type: ElementType, on path: KernelPath) throws {
        let predictor = try HeadPredictor(head, layer: layer, threads: options.threads, on: path)
        let reader = try AttentionReader(predictor)
        let ablations = (0..<Self.queries).map { AttentionAblation(.uniform, of: [$0]) }
        let rows = Array(0..<samples)
        // One after the other, so that what else the machine does meets both.
        var (once, all) = ([Timing](), [Timing]())
        for _ in 0..<options.runs {
            once.append(benchmarks.measure(runs: 1) { _ = predictor.logits(of: rows) })
            all.append(benchmarks.measure(runs: 1) { _ = reader.logits(of: rows, under: ablations) })
        }
        let ratios = zip(once, all).map { (wall: $1.wall / $0.wall, processor: $1.processor / $0.processor) }
        print(
            "  \(path.rawValue), tokens \(type.rawValue): one evaluation",
            "\((1000 * Self.median(once.map(\.processor))).rounded(to: 1)) ms, all \(Self.queries) ablations",
            "\((1000 * Self.median(all.map(\.processor))).rounded(to: 1)) ms of processor time;",
            "\(Self.median(ratios.map(\.processor)).rounded(to: 2)) ×,",
            "by the wall clock \(Self.median(ratios.map(\.wall)).rounded(to: 2)) ×")
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

/// A head of efficient probing with drawn values, as any program may write it.
private enum DrawnHead {
    static func write(to path: String, queries: Int, width: Int, classes: Int) throws -> HeadFile {
        let shapes = [
            ("queries", [queries, width]), ("value.weight", [width, width]), ("head.weight", [classes, width]),
            ("head.bias", [classes]), ("norm.running_mean", [width]), ("norm.running_var", [width]),
        ]
        let writer = try SafetensorsWriter.create(
            path, tensors: shapes.map { (name: $0.0, type: .float32, shape: $0.1) },
            metadata: ["probe": "{\"type\": \"efficient\", \"options\": {\"queries\": \(queries)}}"])
        for (place, tensor) in shapes.enumerated() {
            let draws = CounterGenerator(key: 1, stream: UInt64(place))
            let lowest: Float = tensor.0 == "norm.running_var" ? 0.5 : -0.5
            try writer.append(
                (0..<tensor.1.reduce(1, *)).map { (index) -> Float in Float(draws.uniform(at: UInt64(index))) + lowest }
            )
        }
        _ = try writer.finish()
        return try HeadFile.read(path)
    }
}
