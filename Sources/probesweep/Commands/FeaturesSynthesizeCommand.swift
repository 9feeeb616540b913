import ArgumentParser
import Features
import Numerics

struct FeaturesSynthesizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "synthesize", abstract: "Create a synthetic feature set of any size, with a planted signal.",
        discussion: "For tests and benchmarks. The set depends only on the options; it is streamed to disk.")

    @Argument(help: "Folder of the new set.") var set: String
    @Option(help: "n, samples.") var samples = 1000
    @Option(help: "T, patch tokens per sample.") var tokens = 196
    @Option(help: "Patch tokens of the shortest sample, for samples of unequal length.") var shortest: Int?
    @Option(help: "D, width.") var width = 768
    @Option(help: "C, classes.") var classes = 10
    @Option(help: "Layers.") var layers = 1
    @Option(help: "Stored type: BF16, F16 or F32.") var dtype = StoredType.bfloat16
    @Flag(inversion: .prefixedNo, help: "Store a class token before the patch tokens.") var classToken = true
    @Option(help: "Strength of the signal, in standard deviations of the noise.") var signal = 0.5
    @Option(help: "Share of the patch tokens that carry the signal.") var share = 0.25
    @Option(help: "Seed of all random numbers.") var seed: UInt64 = 0
    @Option(help: "Samples per shard; by default about half a gigabyte.") var shardSamples: Int?
    @Option(help: "Threads that compute tokens.") var threads = 2
    @Option(help: "Output format: text or json.") var format = FeaturesFormat.text

    func validate() throws {
        if threads < 1 { throw ValidationError("--threads is \(threads); give 1 or more.") }
        if let shardSamples, shardSamples < 1 {
            throw ValidationError("--shard-samples is \(shardSamples); give 1 or more.")
        }
    }

    func run() throws {
        var features = SyntheticFeatures(samples: samples, tokens: tokens, width: width, classes: classes)
        features.shortest = shortest
        features.layers = layers
        features.dtype = dtype.element
        features.classToken = classToken
        features.signal = signal
        features.share = share
        features.seed = seed
        features.shardSamples = shardSamples
        try format.write(features.write(to: set, threads: ThreadPool(threads: threads)).summary())
    }
}
