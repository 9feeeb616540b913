import ArgumentParser
import Numerics

/// Measures arithmetic and memory rates of this machine, and the training rate of one probe.
struct KernelBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels", abstract: "Measure products, memory and the training rate of efficient probing.")

    @OptionGroup var options: MeasurementOptions

    @Option(help: "A Python with PyTorch, for training the same probe in the same run.")
    var python: String?

    @Flag(help: "Skip the products and the plain sum.")
    var trainingOnly = false

    func run() throws {
        print("Rates by the wall clock, and in brackets by processor time, which a busy machine distorts less.")
        let blas = trainingOnly ? nil : measureYardsticks()
        print("efficient probing, M=32, T=196, D=768, D_o=768, C=1000, B=256, \(options.threads) thread(s):")
        var best = 0.0
        for path in options.paths {
            for type in [TokenType.float32, .bfloat16] {
                let rate = trainingRate(path, type, beside: blas)
                if type == .bfloat16 { best = max(best, rate) }
            }
        }
        guard let python else { return }
        for peer in try PyTorchPeer.measure(python: python, threads: options.threads, runs: options.runs) {
            let line = "  PyTorch, \(peer.order) order, \(peer.precision): \(peer.rate.rounded(to: 1))"
            print(
                "\(line) (\(peer.processorRate.rounded(to: 1))) samples/s;",
                "best path with bfloat16 tokens: \((best / peer.processorRate).rounded(to: 2)) × by processor time")
        }
    }

    /// Prints the machine's rates, and returns OpenBLAS's GFLOP/s by processor time.
    private func measureYardsticks() -> Double {
        BLAS.threads = 1
        print("OpenBLAS: \(BLAS.description)")
        let blas = productSeconds(runs: options.runs) { BLAS.multiply($0, $1, into: $2) }
        printRate("OpenBLAS SGEMM 2048³, one thread", productGigaflop, blas, "GFLOP/s")
        for path in options.paths {
            for rounding in path.hasBfloat16Products ? [false, true] : [false] {
                let own = productSeconds(runs: options.runs) {
                    multiply($0, $1, into: $2, roundingInputs: rounding, on: path)
                }
                let inputs = rounding ? ", inputs rounded" : ""
                printRate("multiply 2048³, \(path.rawValue)\(inputs)", productGigaflop, own, "GFLOP/s")
            }
            print("arithmetic from registers, \(path.rawValue): \(peakGigaflops(path).rounded(to: 1)) GFLOP/s")
        }
        measureReading()
        return productGigaflop / blas.processor
    }

    /// Prints a line, and returns samples per second of processor time.
    private func trainingRate(_ path: KernelPath, _ type: TokenType, beside blas: Double?) -> Double {
        let step = EfficientProbingStep(
            shapes: [.reference], tokens: type, path: path, threads: ThreadPool(threads: options.threads))
        let seconds = measure(runs: options.runs) { step.run() }
        printRate("  \(path.rawValue), tokens \(type.rawValue)", 256, seconds, "samples/s")
        let rate = 2 * step.macs / 1e9 / seconds.processor
        let share = blas.map { ", \((rate / $0).rounded(to: 2)) of OpenBLAS" } ?? ""
        print("      \(rate.rounded(to: 1)) GFLOP/s\(share), by processor time")
        return 256 / seconds.processor
    }

    /// The rate of averaging tokens, compared with the fastest read of the same bytes.
    private func measureReading() {
        let values = Matrix<Float>(rows: 892, columns: 196 * 768)
        // Unwritten pages all map to one page of zeros, which stays in the cache.
        values.fill(0.5)
        let gigabytes = Double(values.rows * values.columns * 4) / 1e9
        let plain = measure(runs: options.runs) {
            _ = PeakKernels.plainSum(values.elements, count: values.rows * values.columns)
        }
        printRate("plain sum over \(gigabytes.rounded(to: 2)) GB", gigabytes, plain, "GB/s")
        for type in [TokenType.float32, .bfloat16] {
            let samples = values.rows * 4 / type.size
            var mean = [Float](repeating: 0, count: 768)
            let seconds = measure(runs: options.runs) {
                for sample in 0..<samples {
                    let base = UnsafeRawPointer(values.elements) + sample * 196 * 768 * type.size
                    meanToken(TokenView(base: base, tokens: 196, width: 768, type: type), into: &mean)
                }
            }
            printRate("mean tokens of the same bytes as \(type.rawValue)", gigabytes, seconds, "GB/s")
        }
    }
}

/// The time of a product of two matrices of 2048 × 2048.
func productSeconds(
    runs: Int, _ product: (MatrixView<Float>, MatrixView<Float>, MatrixView<Float>) -> Void
) -> Timing {
    let matrices = (0..<3).map { _ in Matrix<Float>(rows: 2048, columns: 2048) }
    for matrix in matrices { matrix.fill(0.5) }
    return measure(runs: runs) { product(matrices[0].view, matrices[1].view, matrices[2].view) }
}

/// GFLOP of that product.
let productGigaflop = 2.0 * 2048 * 2048 * 2048 / 1e9
