import Features
import Numerics
import Probes

/// A layer whose tokens are computed before anybody reads them, in single precision, in temporary space.
///
/// A layer of n samples takes 4·L·D bytes a token. Means, variances and lengths are in double precision.
struct TokenComputation: Sendable {
    /// Zeros until ``compute(on:isWanted:)`` has returned.
    let layer: LayerTokens
    private let own: LayerTokens
    /// What lies side by side in each token.
    private let levels: [LayerTokens]
    private let scaling: TokenScaling
    private let tokens: MatrixView<Float>
    /// The first stored token of each sample, and behind the last one's.
    private let starts: [Int]

    private static let block = 64

    /// - Throws: `TrainingError` where there is no temporary space.
    init(of own: LayerTokens, _ levels: [LayerTokens], _ scaling: TokenScaling) throws(TrainingError) {
        (self.own, self.levels, self.scaling, starts) = (own, levels, scaling, own.starts)
        let matrix = try Self.room(tokens: starts[own.samples], width: levels.count * own.width)
        tokens = matrix.view
        layer = LayerTokens(matrix, computedOf: own)
    }

    /// Computes every token once, a block of samples at a time.
    ///
    /// - Parameter isWanted: Asked before every block.
    /// - Returns: Whether all are computed; false where they were no longer wanted.
    func compute(on threads: ThreadPool, isWanted: @Sendable () -> Bool = { true }) -> Bool {
        let blocks = (own.samples + Self.block - 1) / Self.block
        let isComputed = SlotArray<Bool>(count: blocks)
        let readings = levels.map { BlockReading($0) }
        threads.forEach(blocks) { place in
            guard isWanted() else { return }
            let samples = place * Self.block..<min((place + 1) * Self.block, own.samples)
            for (number, level) in levels.enumerated() {
                readings[number].read(samples) { compute(samples, of: level, number: number) }
            }
            isComputed[place] = true
        }
        return (0..<blocks).allSatisfy { isComputed[$0] ?? false }
    }

    private func compute(_ samples: Range<Int>, of level: LayerTokens, number: Int) {
        for sample in samples {
            let rows = tokens.rows(starts[sample]..<starts[sample + 1])
            let part = rows.columns(number * own.width..<(number + 1) * own.width)
            unpack(level.allTokens(sample), into: part)
            scaling.apply(to: part)
        }
    }

    private static func room(tokens: Int, width: Int) throws(TrainingError) -> Matrix<Float> {
        do throws(FileMemoryError) {
            let bytes = FileMemory.extent(tokens * width, of: Float.self)
            return Matrix(rows: tokens, columns: width, in: try FileMemory.reserve(bytes))
        } catch {
            throw TrainingError(
                field: "memory", problem: "the tokens that its probe reads need \(error)",
                remedy: "give more temporary space")
        }
    }
}
