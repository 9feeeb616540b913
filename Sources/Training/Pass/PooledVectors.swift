import Features
import Numerics
import Probes

/// Class and mean tokens of a layer, and class tokens of those before it, gathered once: one reading of the tokens
/// serves every probe on pooled vectors.
final class PooledVectors: @unchecked Sendable {
    // Sendable because nothing is written after `init`, whose threads write different rows.

    /// The row of each sample of the layer, −1 where it was not gathered.
    private let rowOfSample: [Int32]
    /// Of the layer itself, then of the nearest before it, and so on.
    private let classTokens: [Matrix<Float>]
    private let means: Matrix<Float>?
    let width: Int

    /// - Parameters:
    ///   - layers: The layer, then those before it, the nearest first.
    ///   - samples: Samples of the layer, rising.
    ///   - inputs: What is going to be read.
    ///   - file: Where vectors lie that memory has no room for.
    init(
        _ layers: [LayerTokens], samples: [Int], inputs: Set<PooledInput>, threads: ThreadPool,
        in file: FileMemory? = nil
    ) {
        let layer = layers[0]
        var rowOfSample = [Int32](repeating: -1, count: layer.samples)
        for (row, sample) in samples.enumerated() { rowOfSample[sample] = Int32(row) }
        self.rowOfSample = rowOfSample
        width = layer.width
        let tables = Self.tables(of: inputs)
        let shape = MatrixShape(rows: samples.count, columns: layer.width)
        classTokens = (0..<tables.classTokens).map { _ in Matrix(shape, in: file) }
        means = tables.includesMean ? Matrix(shape, in: file) : nil
        let (classRows, meanRows) = (classTokens.map(\.view), means?.view)
        let block = 64
        threads.forEach((samples.count + block - 1) / block) { index in
            for row in index * block..<min((index + 1) * block, samples.count) {
                for (rows, layer) in zip(classRows, layers) {
                    guard let token = layer.classToken(samples[row]) else { continue }
                    meanToken(token, into: rows.pointer + row * rows.stride)
                }
                if let meanRows {
                    meanToken(layer.patchTokens(samples[row]), into: meanRows.pointer + row * meanRows.stride)
                }
            }
        }
    }

    /// Bytes that the vectors of so many samples take.
    static func bytes(samples: Int, inputs: Set<PooledInput>, width: Int) -> Int {
        let tables = tables(of: inputs)
        let shape = MatrixShape(rows: samples, columns: width)
        return (tables.classTokens + (tables.includesMean ? 1 : 0)) * shape.fileBytes(of: Float.self)
    }

    /// The widest input that holds all of them.
    private static func tables(of inputs: Set<PooledInput>) -> PooledInput {
        PooledInput(
            classTokens: inputs.map(\.classTokens).max() ?? 0, includesMean: inputs.contains { $0.includesMean })
    }

    /// Copies the vector of a sample.
    func copy(_ input: PooledInput, ofSample sample: Int, into target: UnsafeMutablePointer<Float>) {
        let row = Int(rowOfSample[sample])
        precondition(row >= 0, "sample \(sample) was not gathered")
        var target = target
        for depth in (0..<input.classTokens).reversed() {
            copy(classTokens[depth], row, target)
            target += width
        }
        if input.includesMean { copy(means, row, target) }
    }

    private func copy(_ vectors: Matrix<Float>?, _ row: Int, _ target: UnsafeMutablePointer<Float>) {
        guard let vectors else { preconditionFailure("an input that was not announced") }
        target.update(from: vectors.elements + row * width, count: width)
    }

    /// The vectors of some samples, in their order.
    func matrix<S: Scalar>(_ input: PooledInput, samples: [Int]) -> Matrix<S> {
        let matrix = Matrix<S>(rows: samples.count, columns: input.width(of: width))
        let vector = Matrix<Float>(rows: 1, columns: matrix.columns)
        for (row, sample) in samples.enumerated() {
            copy(input, ofSample: sample, into: vector.elements)
            let target = matrix.elements + row * matrix.columns
            for column in 0..<matrix.columns { target[column] = S(vector.elements[column]) }
        }
        return matrix
    }
}
