import ArgumentParser
import Numerics

/// A pass that trains eight efficient probes for ten folds at once, beside the machine's peak.
struct PassBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pass", abstract: "Measure a pass of 8 probes × 10 folds of efficient probing.")

    @OptionGroup var options: MeasurementOptions

    @Option(help: "Folds that train at once.")
    var folds = 10

    /// M ∈ {8, 16, 32} × D_o ∈ {768, 192}, and the smallest and the largest once more as another learning rate would.
    static let shapes = [(8, 768), (8, 192), (16, 768), (16, 192), (32, 768), (32, 192), (8, 768), (32, 768)].map {
        EfficientProbingShape(queries: $0.0, output: $0.1)
    }

    func run() {
        let threads = ThreadPool(threads: options.threads)
        print("\(Self.shapes.count) probes × \(folds) folds, T=196, D=768, C=1000, B=256, tokens bfloat16:")
        for path in options.paths {
            let step = EfficientProbingStep(
                shapes: Self.shapes, folds: folds, tokens: .bfloat16, path: path, threads: threads)
            let seconds = measure(runs: options.runs) { step.run() }
            let gigaflops = 2 * step.macs / 1e9
            let trained = Double(step.heads.reduce(0) { $0 + $1.count })
            printRate("  \(path.rawValue)", 256, seconds, "samples/s")
            printRate("      trained rows of all units", trained, seconds, "/s")
            printRate("      arithmetic", gigaflops, seconds, "GFLOP/s")
            let peak = peakGigaflops(path)
            let share = gigaflops / seconds.processor / peak
            print("      peak \(peak.rounded(to: 1)) GFLOP/s; \((100 * share).rounded(to: 1)) % of it, by processor time")
        }
    }
}
