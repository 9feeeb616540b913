import ArgumentParser
import Numerics

/// Measures a pass that trains eight efficient probes for ten folds at once, compared with the machine's peak.
struct PassBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pass", abstract: "Measure a pass of 8 probes × 10 folds of efficient probing.")

    @OptionGroup var options: MeasurementOptions

    @Option(help: "A Python with PyTorch, to train the same units one after another in the same run.")
    var python: String?

    @Option(help: "Folds that train at once.")
    var folds = 10

    /// M ∈ {8, 16, 32} × D_o ∈ {768, 192}, and the smallest and the largest once more as another learning rate would.
    static let shapes = [(8, 768), (8, 192), (16, 768), (16, 192), (32, 768), (32, 192), (8, 768), (32, 768)].map {
        EfficientProbingShape(queries: $0.0, output: $0.1)
    }

    func run() throws {
        var best = Double.infinity
        let threads = ThreadPool(threads: options.threads)
        print("\(Self.shapes.count) probes × \(folds) folds, T=196, D=768, C=1000, B=256, tokens bfloat16:")
        for path in options.paths {
            let step = EfficientProbingStep(
                shapes: Self.shapes, folds: folds, tokens: .bfloat16, path: path, threads: threads)
            let seconds = measure(runs: options.runs) { step.run() }
            let gigaflops = 2 * step.macs / 1e9
            best = min(best, seconds.processor)
            let trained = Double(step.heads.reduce(0) { $0 + $1.count })
            printRate("  \(path.rawValue)", 256, seconds, "samples/s")
            printRate("      trained rows of all units", trained, seconds, "/s")
            printRate("      arithmetic", gigaflops, seconds, "GFLOP/s")
            let rate = gigaflops / seconds.processor
            let product = productSeconds(runs: options.runs) {
                multiply($0, $1, into: $2, roundingInputs: true, on: path)
            }
            printShare(rate, of: productGigaflop / product.processor, "a plain product of 2048³ in that precision")
            printShare(rate, of: peakGigaflops(path), "arithmetic from registers")
        }
        if let python { try comparePyTorch(python, best) }
    }

    /// Trains each shape in the literature's order, and sums the time of all units trained one after another.
    private func comparePyTorch(_ python: String, _ seconds: Double) throws {
        var totals: [String: Double] = [:]
        for shape in Self.shapes {
            let rows = Double(shape.batch * (folds > 1 ? folds - 1 : 1))
            for peer in try PyTorchPeer.measure(
                python: python, threads: options.threads, runs: options.runs, shape: shape, orders: ["literature"])
            {
                totals[peer.precision, default: 0] += rows / peer.processorRate
                print(
                    "  PyTorch, M=\(shape.queries), D_o=\(shape.output), \(peer.precision): "
                        + "\(peer.rate.rounded(to: 1)) (\(peer.processorRate.rounded(to: 1))) samples/s")
            }
        }
        for (precision, total) in totals.sorted(by: { $0.key < $1.key }) {
            print(
                "  all units one after another in PyTorch, literature order, \(precision): \(total.rounded(to: 1)) s a",
                "step; the pass: \((total / seconds).rounded(to: 1)) × by processor time")
        }
    }

    private func printShare(_ rate: Double, of peak: Double, _ name: String) {
        print("      \((100 * rate / peak).rounded(to: 1)) % of \(name) (\(peak.rounded(to: 1)) GFLOP/s)")
    }
}
