public import Numerics
public import Sweeps

extension CostModel {
    /// Measures this machine in less than a second.
    public static func measure(kernel: KernelPath, threads: Int) -> CostModel {
        // Two lengths give the two terms of the core.
        let (short, long) = (coreSeconds(tokens: 16, kernel), coreSeconds(tokens: 128, kernel))
        let token = max(0, (long - short) / 112)
        return CostModel(
            token: token, visit: max(0, short - 16 * token), products: products(kernel, roundingInputs: true),
            fullProducts: products(kernel, roundingInputs: false), keys: keys(kernel),
            elements: elements(kernel), reading: reading(), threads: threads)
    }

    /// Forward and backward seconds for a sample, query and dimension.
    private static func coreSeconds(tokens: Int, _ kernel: KernelPath) -> Double {
        let (samples, queries, width) = (32, 32, 512)
        let memory = Matrix<Float>(rows: samples, columns: tokens * width)
        memory.fill(0.25)
        let batch = (0..<samples).map {
            TokenView(base: memory.elements + $0 * memory.columns, tokens: tokens, width: width, type: .float32)
        }
        let rows = (0..<Int32(samples)).map { $0 }
        let attention = Matrix<Float>(rows: samples * queries, columns: tokens)
        let pooled = (0..<2).map { _ in Matrix<Float>(rows: samples, columns: queries * width) }
        let side = (0..<2).map { _ in Matrix<Float>(rows: queries, columns: width) }
        let core = AttentionCore<Float>(path: kernel, threads: ThreadPool(threads: 1))
        let seconds = rows.withUnsafeBufferPointer { rows in
            guard let rows = rows.baseAddress else { return 0.0 }
            let segment = AttentionSegment(
                queries: side[0].view, rows: rows, attention: attention.elements, maximumTokens: tokens,
                pooled: pooled[0].view, pooledGradient: pooled[1].view, queryGradient: side[1].view)
            return shortest {
                core.forward(batch, [segment])
                core.backward(batch, [segment])
            }
        }
        withExtendedLifetime((memory, attention, pooled, side)) {}
        return seconds / Double(samples * queries * width)
    }

    /// Multiply–accumulates a second of a batch's products.
    private static func products(_ kernel: KernelPath, roundingInputs: Bool) -> Double {
        let (rows, width) = (200, 384)
        let matrices = [rows, width, rows].map { Matrix<Float>(rows: $0, columns: width) }
        for matrix in matrices { matrix.fill(0.25) }
        let seconds = shortest {
            multiply(matrices[0].view, matrices[1].view, transposed: true, into: matrices[2].view,
                roundingInputs: roundingInputs, on: kernel)
        }
        return Double(rows * width * width) / seconds
    }

    /// Keys a second that lists of the two hundred nearest take, sorting included. Vectors of eight numbers leave little
    /// else to do.
    private static func keys(_ kernel: KernelPath) -> Double {
        let (queries, candidates, depth) = (64, 8192, 200)
        let random = CounterGenerator(key: 0, stream: 0)
        let features = Matrix<Float>(rows: queries + candidates, columns: 8)
        for index in 0..<features.rows * features.columns {
            features.elements[index] = Float(random.uniform(at: UInt64(index))) - 0.5
        }
        let threads = ThreadPool(threads: 1)
        let clock = ContinuousClock()
        let seconds = (0..<9).map { _ in
            var searches = SearchTable(rows: features.rows)
            _ = searches.search(Array(0..<queries), among: Array(queries..<features.rows), depth: depth)
            let stream = SimilarityStream(features.view, searches.bundles().bundles, on: kernel)
            return clock.measure {
                stream.run(threads) { true }
                searches.sort(threads)
            } / .seconds(1)
        }.min() ?? 0
        withExtendedLifetime(features) {}
        return Double(queries) * UnitWork.keys(depth: depth, candidates: Double(candidates)) / seconds
    }

    /// Bytes a second of an AdamW step, seven words an element.
    private static func elements(_ kernel: KernelPath) -> Double {
        let count = 1 << 16
        let memory = Matrix<Float>(rows: 4, columns: count)
        let start = memory.elements
        let seconds = shortest {
            stepAdamW(
                parameters: start, gradient: start + count, mean: start + 2 * count, square: start + 3 * count,
                count: count, rate: 0.1, decay: 0, step: 1, on: kernel)
        }
        withExtendedLifetime(memory) {}
        return Double(28 * count) / seconds
    }

    /// Bytes a second of a mean over memory that no cache holds. It lies in a file, as tokens do, and so in no budget.
    private static func reading() -> Double {
        let (tokens, width) = (16384, 1024)
        let memory = Matrix<Float>(
            rows: tokens, columns: width,
            in: try? FileMemory.reserve(FileMemory.extent(tokens * width, of: Float.self)))
        memory.fill(0.25)
        var mean = [Float](repeating: 0, count: width)
        let view = TokenView(base: memory.elements, tokens: tokens, width: width, type: .float32)
        let seconds = shortest(of: 2) { meanToken(view, into: &mean) }
        withExtendedLifetime(memory) {}
        return Double(tokens * width * 4) / seconds
    }

    /// The shortest of some runs: other processes only ever lengthen one.
    private static func shortest(of runs: Int = 5, _ body: () -> Void) -> Double {
        body()
        let clock = ContinuousClock()
        return (0..<runs).map { _ in clock.measure(body) / .seconds(1) }.min() ?? 0
    }
}
