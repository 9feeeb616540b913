import Features
import Numerics
import Probes

/// Class tokens and summaries of patch tokens of a layer, and class tokens of those before it, gathered once: one
/// reading of the tokens serves every probe on pooled vectors.
final class PooledVectors: @unchecked Sendable {
    // Sendable because nothing is written after `init`, whose threads write different rows.

    /// The row of each sample of the layer, −1 where it was not gathered.
    private let rowOfSample: [Int32]
    /// Of the layer itself, then of the nearest before it, and so on.
    private let classTokens: [Matrix<Float>]
    private let patches: [PatchSummary: Matrix<Float>]
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
        let tables = Tables(inputs)
        let shape = MatrixShape(rows: samples.count, columns: layer.width)
        classTokens = (0..<tables.classTokens).map { _ in Matrix(shape, in: file) }
        patches = Dictionary(uniqueKeysWithValues: tables.patches.map { ($0, Matrix(shape, in: file)) })
        let (classRows, patchRows) = (classTokens.map(\.view), patches.mapValues(\.view))
        let block = 64
        threads.forEach((samples.count + block - 1) / block) { index in
            for row in index * block..<min((index + 1) * block, samples.count) {
                for (rows, layer) in zip(classRows, layers) {
                    guard let token = layer.classToken(samples[row]) else { continue }
                    meanToken(token, into: rows.pointer + row * rows.stride)
                }
                for (summary, rows) in patchRows {
                    summary.write(layer.patchTokens(samples[row]), into: rows.pointer + row * rows.stride)
                }
            }
        }
    }

    /// Bytes that the vectors of so many samples take.
    static func bytes(samples: Int, inputs: Set<PooledInput>, width: Int) -> Int {
        let tables = Tables(inputs)
        let shape = MatrixShape(rows: samples, columns: width)
        return (tables.classTokens + tables.patches.count) * shape.fileBytes(of: Float.self)
    }

    /// What all inputs together are made of.
    private struct Tables {
        let classTokens: Int
        let patches: Set<PatchSummary>

        init(_ inputs: Set<PooledInput>) {
            classTokens = inputs.map(\.classTokens).max() ?? 0
            patches = Set(inputs.compactMap(\.patch))
        }
    }

    /// Copies the vector of a sample, as it is before any preparation.
    func copy(_ input: PooledInput, ofSample sample: Int, into target: UnsafeMutablePointer<Float>) {
        let row = Int(rowOfSample[sample])
        precondition(row >= 0, "sample \(sample) was not gathered")
        var target = target
        for depth in (0..<input.classTokens).reversed() {
            copy(classTokens[depth], row, target)
            target += width
        }
        if let patch = input.patch { copy(patches[patch], row, target) }
    }

    private func copy(_ vectors: Matrix<Float>?, _ row: Int, _ target: UnsafeMutablePointer<Float>) {
        guard let vectors else { preconditionFailure("an input that was not announced") }
        target.update(from: vectors.elements + row * width, count: width)
    }

    /// The vectors of some samples, in their order, as they are before any preparation.
    func matrix<S: Scalar>(_ input: PooledInput, samples: [Int]) -> Matrix<S> {
        let matrix = Matrix<S>(rows: samples.count, columns: input.gatheredWidth(of: width))
        let vector = Matrix<Float>(rows: 1, columns: matrix.columns)
        for (row, sample) in samples.enumerated() {
            copy(input, ofSample: sample, into: vector.elements)
            let target = matrix.elements + row * matrix.columns
            for column in 0..<matrix.columns { target[column] = S(vector.elements[column]) }
        }
        return matrix
    }
}

extension PatchSummary {
    /// Writes the summary of a sample's patch tokens; zero where there is no such token.
    fileprivate func write(_ tokens: TokenView, into target: UnsafeMutablePointer<Float>) {
        switch self {
        case .mean: meanToken(tokens, into: target)
        case .maximum: writeMaximum(tokens, into: target)
        case .first: write(0, of: tokens, into: target)
        case .last: write(tokens.tokens - 1, of: tokens, into: target)
        case .position(let place): write(place, of: tokens, into: target)
        }
    }

    private func write(_ place: Int, of tokens: TokenView, into target: UnsafeMutablePointer<Float>) {
        guard 0..<tokens.tokens ~= place else { return target.update(repeating: 0, count: tokens.width) }
        unpack(
            tokens.tokens(place..<place + 1), into: MatrixView(pointer: target, rows: 1, columns: tokens.width))
    }

    /// The largest value of each channel; NaN where one of them is.
    private func writeMaximum(_ tokens: TokenView, into target: UnsafeMutablePointer<Float>) {
        write(0, of: tokens, into: target)
        guard tokens.tokens > 1 else { return }
        let rows = Matrix<Float>(rows: tokens.tokens, columns: tokens.width)
        unpack(tokens, into: rows.view)
        for token in 1..<tokens.tokens {
            for (channel, value) in rows.row(token).enumerated() where !(value <= target[channel]) {
                if !target[channel].isNaN { target[channel] = value }
            }
        }
    }
}
