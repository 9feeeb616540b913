package import Numerics

/// A feature set of any size with a planted signal, for tests and benchmarks.
///
/// Patch tokens are noise of unit variance. In each sample a fixed share of them, at positions of its own, are object
/// tokens: to those `signal · (p_c + u)` is added, where p_c marks the class and u marks object tokens of every class,
/// both ±1 in every dimension. The mean over tokens dilutes the class by the share; a probe that learns to attend along
/// u does not. The class token carries `signal · share · p_c`. The signal grows from half in the first layer to all of
/// it in the last.
///
/// Every element is a function of (seed, layer, sample, token, dimension); classes alternate by sample number. Streams
/// to disk, a few megabytes at a time.
package struct SyntheticFeatures: Sendable {
    package var name = "synthetic"
    /// n.
    package var samples: Int
    /// T; with `shortest`, the longest sample's.
    package var tokens: Int
    /// If given, samples differ in length, from this to `tokens` patch tokens.
    package var shortest: Int?
    /// D.
    package var width: Int
    /// C.
    package var classes: Int
    package var layers = 1
    package var dtype = ElementType.bfloat16
    package var classToken = true
    /// Strength of the signal in units of the noise, in the last layer.
    package var signal = 0.5
    /// Dimension d, from 0, is scaled by (1 + d)^−falloff, noise and signal alike: at 0.5 variances decay like those of
    /// sentence embeddings.
    package var falloff = 0.0
    /// Share of the patch tokens that carry it; at least one does.
    package var share = 0.25
    package var seed: UInt64 = 0
    /// Samples in a shard; nil for about half a gigabyte.
    package var shardSamples: Int?

    package init(samples: Int, tokens: Int, width: Int, classes: Int) {
        self.samples = samples
        self.tokens = tokens
        self.width = width
        self.classes = classes
    }

    /// Writes the set: layers 0 ..< `layers` and the task `class`, whose groups are runs of four samples and whose
    /// split tests the last fifth.
    package func write(to folder: String, threads: ThreadPool) throws(FeatureError) -> FeatureSet {
        try check(folder)
        let writer = try FeatureSetWriter.create(
            folder, name: name, backbone: .init(name: "synthetic", revision: "seed \(seed)"), samples: samples,
            layout: .init(classToken: classToken))
        let lengths = lengths
        for layer in 0..<layers {
            let generator = SyntheticTokens(features: self, layer: layer, lengths: lengths)
            try writer.writeLayer(
                .init(index: layer, name: "synthetic \(layer)", width: width, dtype: dtype, finalNorm: false),
                lengths: lengths, shardSamples: shardSamples
            ) { (samples, buffer) throws(FeatureError) in
                generator.fill(samples, buffer, threads: threads)
            }
        }
        try writer.writeTask(task)
        return try writer.finish(origin: ["data": "synthetic, seed \(seed), signal \(signal), share \(share)"])
    }

    private func check(_ folder: String) throws(FeatureError) {
        let extents = 1...(1 << 24)
        let facts: [(name: String, isSound: Bool, expected: String)] = [
            ("samples", (1...Int(Int32.max)).contains(samples), "1 to \(Int32.max)"),
            ("tokens", extents.contains(tokens), "1 to 2²⁴"), ("width", extents.contains(width), "1 to 2²⁴"),
            ("classes", (2...(1 << 24)).contains(classes), "2 to 2²⁴"), ("layers", layers > 0, "at least 1"),
            ("shortest", shortest.map { (1...max(1, tokens)).contains($0) } ?? true, "1 to the number of tokens"),
            ("share", share > 0 && share <= 1, "above 0, at most 1"), ("signal", signal.isFinite, "a finite number"),
            ("falloff", falloff.isFinite, "a finite number"),
            ("dtype", dtype.tokenType != nil, "BF16, F16 or F32"),
        ]
        if let wrong = facts.first(where: { !$0.isSound }) {
            throw FeatureError(
                file: folder, field: wrong.name, found: "a value out of range", expected: wrong.expected,
                remedy: "Choose another value.")
        }
    }

    private var lengths: SampleLengths {
        let prefix = classToken ? 1 : 0
        guard let shortest else { return .equal(tokens: tokens + prefix, samples: samples) }
        let generator = CounterGenerator(key: seed, stream: SyntheticTokens.Stream.lengths.rawValue)
        return .each(
            (0..<samples).map { sample in
                // The first sample is the longest, so that T is as requested for any seed.
                let range = Double(tokens - shortest + 1)
                return prefix + (sample == 0 ? tokens : shortest + Int(generator.uniform(at: UInt64(sample)) * range))
            })
    }

    private var task: FeatureTask {
        FeatureTask(
            name: "class", kind: .classification, metric: "top1", classes: classes, samples: Array(0..<samples),
            targets: .classes((0..<samples).map { Int32($0 % classes) }), groups: (0..<samples).map { Int32($0 / 4) },
            split: (0..<samples).map { $0 >= samples - samples / 5 ? 1 : 0 })
    }
}
