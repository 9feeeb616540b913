import Features
import Numerics
import Probes

/// The tokens, or the pooled vectors, of the samples of one batch.
struct BatchTokens {
    let patch: [TokenView]
    let all: [TokenView]
    let samples: [Int]

    /// - Parameter selections: The tokens that somebody attends over.
    init(_ layer: LayerTokens, samples: [Int], selections: Set<TokenSelection>) {
        self.samples = samples
        patch = selections.contains(.patch) ? samples.map(layer.patchTokens) : []
        all = selections.contains(.all) ? samples.map(layer.allTokens) : []
    }

    func views(_ selection: TokenSelection) -> [TokenView] {
        selection == .all ? all : patch
    }
}

/// The pooled vectors of one row set's part of a batch, shared by all heads with these rows and this input.
final class BatchVectors: @unchecked Sendable {
    // Sendable because only the pass's thread loads a batch, while no other thread runs.
    let input: PooledInput
    private let rows: BatchRows
    private let memory: Matrix<Float>

    init(_ input: PooledInput, _ rows: BatchRows, width: Int, capacity: Int) {
        self.input = input
        self.rows = rows
        memory = Matrix(rows: capacity, columns: input == .both ? 2 * width : width)
    }

    static func bytes(_ input: PooledInput, width: Int, capacity: Int) -> Int {
        capacity * (input == .both ? 2 * width : width) * MemoryLayout<Float>.size
    }

    /// `[n, width]`, valid until the next batch.
    var reading: MatrixView<Float> { memory.view.rows(0..<rows.count) }

    func load(_ samples: [Int], from pooled: PooledVectors) {
        for (position, sample) in samples.enumerated() where rows.table[position] >= 0 {
            pooled.copy(
                input, ofSample: sample, into: memory.elements + Int(rows.table[position]) * memory.columns)
        }
    }
}
