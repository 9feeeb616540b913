public import ArgumentParser
public import Numerics

/// The arithmetic and the memory of this machine, and how fast one probe trains on one thread beside them.
struct KernelBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels", abstract: "Measure products, memory and the training rate of efficient probing.")

    @Option(help: "Counted repetitions of each measurement; the median is printed.")
    var runs = 5

    @Option(help: "Kernel paths to measure, by name; all that this machine can run by default.")
    var paths: [KernelPath] = KernelPath.available

    @Option(help: "Threads for the training step.")
    var threads = 1

    func run() {
        print("OpenBLAS: \(BLAS.description)")
        BLAS.threads = 1
        let blas = rate { BLAS.multiply($0, $1, into: $2) }
        print("OpenBLAS SGEMM 2048³, one thread: \(blas.rounded(to: 1)) GFLOP/s")
        for path in paths {
            let own = rate { multiply($0, $1, into: $2, on: path) }
            print("multiply 2048³, \(path.rawValue): \(own.rounded(to: 1)) GFLOP/s")
        }
        print("plain sum of 512 MiB: \(memoryRate().rounded(to: 1)) GB/s")
        print("efficient probing, M=32, T=196, D=768, D_o=768, C=1000, B=256, \(threads) thread(s):")
        for path in paths {
            for type in [TokenType.float32, .bfloat16] {
                let step = EfficientProbingStep(
                    shape: .reference, tokens: type, path: path, threads: ThreadPool(threads: threads))
                let rate = Double(step.shape.batch) / medianSeconds(runs: runs) { step.run() }
                let gigaflops = 2 * step.shape.macs * rate / 1e9
                print(
                    "  \(path.rawValue), tokens \(type.rawValue): \(rate.rounded(to: 0)) samples/s,",
                    "\(gigaflops.rounded(to: 1)) GFLOP/s, \((gigaflops / blas).rounded(to: 2)) of OpenBLAS")
            }
        }
    }

    /// GFLOP/s of a product of two matrices of 2048 × 2048.
    private func rate(_ product: (MatrixView<Float>, MatrixView<Float>, MatrixView<Float>) -> Void) -> Double {
        let matrices = (0..<3).map { _ in Matrix<Float>(rows: 2048, columns: 2048) }
        for matrix in matrices { matrix.fill(0.5) }
        let seconds = medianSeconds(runs: runs) { product(matrices[0].view, matrices[1].view, matrices[2].view) }
        return 2 * 2048 * 2048 * 2048 / 1e9 / seconds
    }

    /// Bytes a second of a sum over memory far larger than any cache.
    private func memoryRate() -> Double {
        let samples = 892, values = Matrix<Float>(rows: samples, columns: 196 * 768)
        var mean = [Float](repeating: 0, count: 768)
        let seconds = medianSeconds(runs: runs) {
            for sample in 0..<samples {
                meanToken(
                    TokenView(
                        base: UnsafeRawPointer(values.row(sample).baseAddress ?? values.elements), tokens: 196,
                        width: 768, type: .float32), into: &mean)
            }
        }
        return Double(samples * 196 * 768 * 4) / 1e9 / seconds
    }
}

extension KernelPath: ExpressibleByArgument {}

extension Double {
    func rounded(to digits: Int) -> String {
        let scale = (0..<digits).reduce(1.0) { power, _ in power * 10 }
        let value = (self * scale).rounded() / scale
        return digits == 0 ? String(Int(value)) : String(value)
    }
}
