import Features
import Numerics
import Probes

/// What is computed from a layer's frozen tokens once a pass, and read every batch: summaries of samples, and the two
/// scalars per token that replace a layer norm.
final class FrozenTokens: @unchecked Sendable {
    // Sendable because nothing is written after `init`, whose threads write different rows.

    /// A layer norm of the tokens that somebody attends over.
    struct Norm: Hashable {
        let tokens: TokenSelection
        let epsilon: Double

        init?(_ demand: AttentionRequest) {
            guard let epsilon = demand.normEpsilon else { return nil }
            tokens = demand.tokens
            self.epsilon = epsilon
        }
    }

    private struct NormTable {
        /// The first token of each sample that was gathered, and behind the last one's.
        let starts: [Int]
        /// μ_t and r_t: `[2, Σ tokens]`.
        let statistics: Matrix<Float>
    }

    /// The row of each sample of the layer, −1 where it was not gathered.
    private let rowOfSample: [Int32]
    private let summaries: [TokenSummary: Matrix<Float>]
    private let norms: [Norm: NormTable]

    /// - Parameters:
    ///   - samples: Samples of the layer, rising.
    ///   - file: Where tables lie that memory has no room for.
    init(
        _ layer: LayerTokens, samples: [Int], summaries: Set<TokenSummary>, norms: Set<Norm>, threads: ThreadPool,
        in file: FileMemory? = nil
    ) {
        var rowOfSample = [Int32](repeating: -1, count: layer.samples)
        for (row, sample) in samples.enumerated() { rowOfSample[sample] = Int32(row) }
        self.rowOfSample = rowOfSample
        self.summaries = Dictionary(
            uniqueKeysWithValues: summaries.map {
                ($0, Matrix(Self.shape($0, layer, samples: samples.count), in: file))
            })
        self.norms = Dictionary(
            uniqueKeysWithValues: norms.map { norm in
                let starts = samples.reduce(into: [0]) { starts, sample in
                    starts.append(starts[starts.count - 1] + Self.view(layer, sample, norm.tokens).tokens)
                }
                let table = NormTable(
                    starts: starts, statistics: Matrix(Self.shape(tokens: starts[starts.count - 1]), in: file))
                return (norm, table)
            })
        let block = 64
        threads.forEach((samples.count + block - 1) / block) { index in
            for row in index * block..<min((index + 1) * block, samples.count) {
                gather(layer, samples[row], into: row)
            }
        }
    }

    /// Bytes that all of it takes.
    static func bytes(_ layer: LayerTokens, samples: [Int], summaries: Set<TokenSummary>, norms: Set<Norm>) -> Int {
        let written = summaries.reduce(0) {
            $0 + shape($1, layer, samples: samples.count).fileBytes(of: Float.self)
        }
        return norms.reduce(written) { sum, norm in
            let tokens = samples.reduce(0) { $0 + view(layer, $1, norm.tokens).tokens }
            return sum + shape(tokens: tokens).fileBytes(of: Float.self)
        }
    }

    /// A summary of so many samples.
    private static func shape(_ summary: TokenSummary, _ layer: LayerTokens, samples: Int) -> MatrixShape {
        MatrixShape(rows: samples, columns: summary.columns(width: layer.width))
    }

    /// μ and r of so many tokens.
    private static func shape(tokens: Int) -> MatrixShape { MatrixShape(rows: 2, columns: tokens) }

    static func view(_ layer: LayerTokens, _ sample: Int, _ tokens: TokenSelection) -> TokenView {
        tokens == .all ? layer.allTokens(sample) : layer.patchTokens(sample)
    }

    private func gather(_ layer: LayerTokens, _ sample: Int, into row: Int) {
        for tokens in TokenSelection.allCases {
            let summaries = summaries.filter { $0.key.tokens == tokens }
            let norms = norms.filter { $0.key.tokens == tokens }
            guard !summaries.isEmpty || !norms.isEmpty else { continue }
            let view = Self.view(layer, sample, tokens)
            let rows = Matrix<Float>(rows: view.tokens, columns: view.width)
            unpack(view, into: rows.view)
            for (summary, matrix) in summaries {
                summary.write(rows.view, into: matrix.elements + row * matrix.columns)
            }
            for (norm, table) in norms {
                let (statistics, start) = (table.statistics, table.starts[row])
                TokenNorm.statistics(
                    of: rows.view, epsilon: norm.epsilon, mean: statistics.elements + start,
                    scale: statistics.elements + statistics.columns + start)
            }
            withExtendedLifetime(rows) {}
        }
    }

    private func row(of sample: Int) -> Int {
        let row = Int(rowOfSample[sample])
        precondition(row >= 0, "sample \(sample) was not gathered")
        return row
    }

    /// Copies a sample's summaries, one behind the other.
    func copy(_ wanted: [TokenSummary], ofSample sample: Int, into target: UnsafeMutablePointer<Float>) {
        var target = target
        for summary in wanted {
            guard let matrix = summaries[summary] else { preconditionFailure("a summary that was not announced") }
            target.update(from: matrix.elements + row(of: sample) * matrix.columns, count: matrix.columns)
            target += matrix.columns
        }
    }

    /// A norm of the tokens of a batch's samples.
    func normalisation(_ norm: Norm, samples: [Int]) -> TokenNormalisation<Float> {
        guard let table = norms[norm] else { preconditionFailure("a norm that was not announced") }
        let (mean, scale) = (table.statistics.elements, table.statistics.elements + table.statistics.columns)
        let starts = samples.map { table.starts[row(of: $0)] }
        return TokenNormalisation(
            scale: starts.map { UnsafePointer(scale + $0) }, mean: starts.map { UnsafePointer(mean + $0) })
    }
}
