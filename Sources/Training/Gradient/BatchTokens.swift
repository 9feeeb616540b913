import Features
import Numerics
import Probes

/// The tokens, or the pooled vectors, of the samples of one batch.
struct BatchTokens {
    let patch: [TokenView]
    let all: [TokenView]
    let samples: [Int]
    private let norms: [FrozenTokens.Norm: TokenNormalisation<Float>]

    /// - Parameters:
    ///   - selections: The tokens that somebody reads.
    ///   - norms: Those that somebody attends over normalised.
    init(
        _ layer: LayerTokens, samples: [Int], selections: Set<TokenSelection>, norms: Set<FrozenTokens.Norm>,
        frozen: FrozenTokens?
    ) {
        self.samples = samples
        self.norms = Dictionary(
            uniqueKeysWithValues: norms.compactMap { norm in
                frozen.map { (norm, $0.normalisation(norm, samples: samples)) }
            })
        patch = selections.contains(.patch) ? samples.map(layer.patchTokens) : []
        all = selections.contains(.all) ? samples.map(layer.allTokens) : []
    }

    func views(_ selection: TokenSelection) -> [TokenView] {
        selection == .all ? all : patch
    }

    /// The views of a row set's samples, in the order of its rows.
    func views(_ selection: TokenSelection, of rows: BatchRows) -> [TokenView] {
        let views = views(selection)
        return views.indices.compactMap { rows.table[$0] >= 0 ? views[$0] : nil }
    }

    func normalisation(_ demand: AttentionRequest) -> TokenNormalisation<Float>? {
        FrozenTokens.Norm(demand).flatMap { norms[$0] }
    }
}

/// The pooled vectors of one row set's part of a batch, shared by all heads with these rows and this input.
final class BatchVectors: @unchecked Sendable {
    // Sendable because one thread loads a batch, while nobody reads it.
    let input: PooledInput
    private let rows: BatchRows
    private let memory: Matrix<Float>
    private let normalizedMemory: Matrix<Float>

    init(_ input: PooledInput, _ rows: BatchRows, width: Int, capacity: Int) {
        self.input = input
        self.rows = rows
        let shapes = Self.shapes(input, width: width, capacity: capacity)
        (memory, normalizedMemory) = (Matrix(shapes.vectors), Matrix(shapes.normalized))
    }

    /// Elements that the vectors take, with those after batch norm.
    static func extent(_ input: PooledInput, width: Int, capacity: Int) -> Int {
        let shapes = shapes(input, width: width, capacity: capacity)
        return shapes.vectors.count + shapes.normalized.count
    }

    /// The vectors; and those after batch norm, with its statistics behind them.
    private static func shapes(
        _ input: PooledInput, width: Int, capacity: Int
    ) -> (vectors: MatrixShape, normalized: MatrixShape) {
        let columns = input.width(of: width)
        return (MatrixShape(rows: capacity, columns: columns), MatrixShape(rows: capacity + 2, columns: columns))
    }

    /// `[n, width]`, valid until the next batch.
    var reading: MatrixView<Float> { memory.view.rows(0..<rows.count) }

    /// The same after batch norm.
    func normalized(on path: KernelPath) -> NormalizedBatch<Float> {
        NormalizedBatch(
            reading, into: normalizedMemory.view.rows(0..<rows.count),
            statistics: normalizedMemory.view.rows(memory.rows..<memory.rows + 2), on: path)
    }

    func load(_ samples: [Int], from pooled: PooledVectors) {
        let prepared = rows.rows.vectors
        // Of a unit that failed before anything was prepared.
        if input.preparation != nil && prepared == nil { return }
        for (position, sample) in samples.enumerated() where rows.table[position] >= 0 {
            let target = memory.elements + Int(rows.table[position]) * memory.columns
            if let prepared {
                prepared.copy(ofSample: sample, into: target)
            } else {
                pooled.copy(input, ofSample: sample, into: target)
            }
        }
    }
}
