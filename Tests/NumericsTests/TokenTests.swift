import Testing

@testable import Numerics

@Suite("Tokens in the file's layout")
struct TokenTests {
    @Test(
        "The mean over tokens matches a double sum, with the same bits on every path", arguments: KernelPath.tested,
        TokenType.allCases)
    func mean(path: KernelPath, type: TokenType) {
        for tokens in [1, 3, 200] {
            let batch = TokenBatch(lengths: [tokens], width: 37, type: type, seed: 5)
            let mean = mean(of: batch, on: path)
            let wanted = (0..<37).map { column in
                batch.values[0].reduce(0) { $0 + $1[column] } / Double(tokens)
            }
            #expect(relativeError(mean, wanted) < 1e-5)
            #expect(mean == self.mean(of: batch, on: .portable))
        }
    }

    private func mean(of batch: TokenBatch, on path: KernelPath) -> [Float] {
        var mean = [Float](repeating: 5, count: 37)
        withExtendedLifetime(batch) { meanToken(batch.views[0], into: &mean, on: path) }
        return mean
    }

    @Test("A sample without tokens has the mean 0")
    func empty() {
        var mean: [Float] = [1, 2]
        withUnsafeBytes(of: 0) { bytes in
            guard let base = bytes.baseAddress else { return }
            meanToken(TokenView(base: base, tokens: 0, width: 2, type: .float32), into: &mean)
        }
        #expect(mean == [0, 0])
    }

    @Test("Every half decodes to its value", arguments: KernelPath.tested)
    func halves(path: KernelPath) {
        let bits = (0...UInt16.max).map { $0 }
        var decoded = [Float](repeating: 0, count: bits.count)
        bits.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            let view = TokenView(base: base, tokens: 1, width: bits.count, type: .float16)
            decode(view, into: &decoded, capacity: 1, on: path)
        }
        for (half, value) in zip(bits, decoded) {
            let exponent = Int(half >> 10 & 31), fraction = Double(half & 1023)
            let sign = half & 0x8000 == 0 ? 1.0 : -1.0
            switch exponent {
            case 0: #expect(Double(value) == sign * fraction * 0x1p-24)
            case 31: #expect(fraction == 0 ? Double(value) == sign * .infinity : value.isNaN)
            default:
                let power = Double(sign: .plus, exponent: exponent - 15, significand: 1)
                #expect(Double(value) == sign * (1 + fraction / 1024) * power)
            }
        }
    }
}

@Suite("Loops shared by threads")
struct ThreadPoolTests {
    @Test("Every index is processed once, in loop after loop", arguments: [1, 2, 3, 8], [0, 1, 2, 1000])
    func indices(threads: Int, count: Int) {
        let pool = ThreadPool(threads: threads)
        for _ in 0..<20 {
            let calls = Matrix<Double>(rows: 1, columns: count)
            let view = calls.view
            pool.forEach(count) { view[0, $0] += 1 }
            #expect(calls.values.allSatisfy { $0 == 1 })
        }
    }

    @Test("Two callers take turns")
    func callers() async {
        let pool = ThreadPool(threads: 3)
        await withTaskGroup(of: Double.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let calls = Matrix<Double>(rows: 1, columns: 500)
                    let view = calls.view
                    for _ in 0..<10 { pool.forEach(500) { view[0, $0] += 1 } }
                    return calls.values.reduce(0, +)
                }
            }
            for await sum in group { #expect(sum == 5000) }
        }
    }
}
