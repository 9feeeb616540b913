import ArgumentParser
import Numerics

/// The arithmetic and the memory of this machine, and how fast one probe trains beside them.
struct KernelBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels", abstract: "Measure products, memory and the training rate of efficient probing.")

    @OptionGroup var options: MeasurementOptions

    @Option(help: "A Python with PyTorch, to train the same probe in the same run.")
    var python: String?

    @Flag(help: "Leave out the products and the plain sum.")
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
            print("\(line) (\(peer.processorRate.rounded(to: 1))) samples/s;",
                "best path with bfloat16 tokens: \((best / peer.processorRate).rounded(to: 2)) × by processor time")
        }
    }

    /// Prints what the machine can do, and gives OpenBLAS's GFLOP/s by processor time.
    private func measureYardsticks() -> Double {
        BLAS.threads = 1
        print("OpenBLAS: \(BLAS.description)")
        let blas = productSeconds { BLAS.multiply($0, $1, into: $2) }
        let cube = 2.0 * 2048 * 2048 * 2048 / 1e9
        printRate("OpenBLAS SGEMM 2048³, one thread", cube, blas, "GFLOP/s")
        for path in options.paths {
            let own = productSeconds { multiply($0, $1, into: $2, on: path) }
            printRate("multiply 2048³, \(path.rawValue)", cube, own, "GFLOP/s")
            print("peak of products, \(path.rawValue): \(peakGigaflops(path).rounded(to: 1)) GFLOP/s")
        }
        printRate("plain sum of 512 MiB", Double(512 << 20) / 1e9, sumSeconds(bytes: 512 << 20), "GB/s")
        return cube / blas.processor
    }

    /// Prints a line, and gives samples a second of processor time.
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

    private func productSeconds(
        _ product: (MatrixView<Float>, MatrixView<Float>, MatrixView<Float>) -> Void
    ) -> Timing {
        let matrices = (0..<3).map { _ in Matrix<Float>(rows: 2048, columns: 2048) }
        for matrix in matrices { matrix.fill(0.5) }
        return measure(runs: options.runs) { product(matrices[0].view, matrices[1].view, matrices[2].view) }
    }

    /// A sum over memory far larger than any cache.
    private func sumSeconds(bytes: Int) -> Timing {
        let values = Matrix<Float>(rows: bytes / 4096, columns: 1024)
        var mean = [Float](repeating: 0, count: 1024)
        let all = TokenView(
            base: UnsafeRawPointer(values.elements), tokens: values.rows, width: 1024, type: .float32)
        return measure(runs: options.runs) { meanToken(all, into: &mean) }
    }
}
