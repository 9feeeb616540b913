import Numerics
import Probes

/// Tokens of a few samples in memory, in double precision.
final class TokenFixture {
    let width: Int
    private var storage: [Matrix<Double>] = []

    /// - Parameter value: The element of a sample's token.
    init(lengths: [Int], width: Int, value: (_ sample: Int, _ token: Int, _ channel: Int) -> Double) {
        self.width = width
        for (sample, length) in lengths.enumerated() {
            let tokens = Matrix<Double>(rows: length, columns: width)
            for token in 0..<length {
                for channel in 0..<width { tokens[token, channel] = value(sample, token, channel) }
            }
            storage.append(tokens)
        }
    }

    /// Standard normal tokens, a function of the seed.
    convenience init(lengths: [Int], width: Int, seed: UInt64) {
        self.init(lengths: lengths, width: width) { sample, token, channel in
            CounterGenerator(key: seed, stream: UInt64(sample)).normal(at: UInt64(token * width + channel))
        }
    }

    var batch: [TokenView] {
        storage.map { TokenView(base: UnsafeRawPointer($0.elements), tokens: $0.rows, width: width, type: .float64) }
    }

    /// One sample's tokens.
    func rows(_ sample: Int) -> MatrixView<Double> { storage[sample].view }

    /// A layer norm of the tokens as the core takes it, and the memory behind it.
    func normalisation(epsilon: Double) -> (value: TokenNormalisation<Double>, memory: [Matrix<Double>]) {
        let memory = storage.map { Matrix<Double>(rows: 2, columns: $0.rows) }
        for (tokens, statistics) in zip(storage, memory) {
            TokenNorm.statistics(
                of: tokens.view, epsilon: epsilon, mean: statistics.elements,
                scale: statistics.elements + tokens.rows)
        }
        let value = TokenNormalisation(
            scale: memory.map { UnsafePointer($0.elements + $0.columns) },
            mean: memory.map { UnsafePointer($0.elements) })
        return (value, memory)
    }

    var longest: Int { storage.map(\.rows).max() ?? 0 }

    /// The first token beside the mean of the others, or one of both: `[n, D]` or `[n, 2·D]`.
    func pooled(_ input: PooledInput) -> Matrix<Double> {
        let pooled = Matrix<Double>(rows: storage.count, columns: input.width(of: width))
        for (sample, tokens) in storage.enumerated() {
            for channel in 0..<width {
                let mean = (1..<tokens.rows).reduce(0) { $0 + tokens[$1, channel] } / Double(tokens.rows - 1)
                // One layer stands for all: its class token is taken as often as layers are asked for.
                for layer in 0..<input.classTokens { pooled[sample, layer * width + channel] = tokens[0, channel] }
                if input.patch == .mean { pooled[sample, input.classTokens * width + channel] = mean }
            }
        }
        return pooled
    }
}
