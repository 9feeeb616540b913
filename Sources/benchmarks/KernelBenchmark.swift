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

    @Flag(help: "Leave out the products and the plain sum.")
    var trainingOnly = false

    func run() {
        let blas = trainingOnly ? nil : measureYardsticks()
        print("efficient probing, M=32, T=196, D=768, D_o=768, C=1000, B=256, \(threads) thread(s):")
        for path in paths {
            for type in [TokenType.float32, .bfloat16] { trainingRate(path, type, beside: blas) }
        }
    }

    /// Prints what the machine can do, and gives OpenBLAS's GFLOP/s by processor time.
    private func measureYardsticks() -> Double {
        BLAS.threads = 1
        print("OpenBLAS: \(BLAS.description)")
        print("Rates by the wall clock, and in brackets by processor time, which a busy machine distorts less.")
        let blas = productSeconds { BLAS.multiply($0, $1, into: $2) }
        let cube = 2.0 * 2048 * 2048 * 2048 / 1e9
        printRate("OpenBLAS SGEMM 2048³, one thread", cube, blas, "GFLOP/s")
        for path in paths {
            let own = productSeconds { multiply($0, $1, into: $2, on: path) }
            printRate("multiply 2048³, \(path.rawValue)", cube, own, "GFLOP/s")
        }
        printRate("plain sum of 512 MiB", Double(512 << 20) / 1e9, sumSeconds(bytes: 512 << 20), "GB/s")
        return cube / blas.processor
    }

    private func trainingRate(_ path: KernelPath, _ type: TokenType, beside blas: Double?) {
        let step = EfficientProbingStep(
            shape: .reference, tokens: type, path: path, threads: ThreadPool(threads: threads))
        let seconds = measure(runs: runs) { step.run() }
        printRate("  \(path.rawValue), tokens \(type.rawValue)", Double(step.shape.batch), seconds, "samples/s")
        let gigaflops = 2 * step.shape.macs * Double(step.shape.batch) / 1e9
        let rate = gigaflops / seconds.processor
        let share = blas.map { ", \((rate / $0).rounded(to: 2)) of OpenBLAS" } ?? ""
        print("      \(rate.rounded(to: 1)) GFLOP/s\(share), by processor time")
    }

    private func printRate(_ name: String, _ amount: Double, _ seconds: Timing, _ unit: String) {
        let (wall, processor) = (amount / seconds.wall, amount / seconds.processor)
        print("\(name): \(wall.rounded(to: 1)) (\(processor.rounded(to: 1))) \(unit)")
    }

    private func productSeconds(
        _ product: (MatrixView<Float>, MatrixView<Float>, MatrixView<Float>) -> Void
    ) -> Timing {
        let matrices = (0..<3).map { _ in Matrix<Float>(rows: 2048, columns: 2048) }
        for matrix in matrices { matrix.fill(0.5) }
        return measure(runs: runs) { product(matrices[0].view, matrices[1].view, matrices[2].view) }
    }

    /// A sum over memory far larger than any cache.
    private func sumSeconds(bytes: Int) -> Timing {
        let values = Matrix<Float>(rows: bytes / 4096, columns: 1024)
        var mean = [Float](repeating: 0, count: 1024)
        let all = TokenView(
            base: UnsafeRawPointer(values.elements), tokens: values.rows, width: 1024, type: .float32)
        return measure(runs: runs) { meanToken(all, into: &mean) }
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
