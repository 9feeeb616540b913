import Testing

@testable import Numerics

/// What a path may be off from the double-precision twin, relative to the largest element.
func attentionTolerance<S: Scalar>(_: S.Type, _ path: KernelPath, _ type: TokenType) -> Double {
    guard S.self == Float.self else { return 1e-12 }
    // Queries, weights and gradients are rounded to bfloat16 (2⁻⁹) before such products.
    let rounds = path.hasBfloat16Products && type == .bfloat16
    return rounds ? 2e-2 : 1e-5
}

@Suite("Attention core against its equations")
struct AttentionTests {
    struct Shape: CustomTestStringConvertible {
        let lengths: [Int], width: Int, queries: [Int]
        var testDescription: String { "T=\(lengths) D=\(width) M=\(queries)" }
    }

    static let shapes = [
        Shape(lengths: [1], width: 1, queries: [1]),
        Shape(lengths: [5, 1, 9, 2], width: 7, queries: [3, 16]),
        Shape(lengths: [13, 4, 49, 24, 33], width: 48, queries: [8, 8, 33]),
        Shape(lengths: [20, 21], width: 65, queries: [1, 17, 32]),
        Shape(lengths: Array(repeating: 12, count: 18), width: 32, queries: [4, 70]),
        Shape(lengths: [100], width: 34, queries: [8, 24]),
    ]

    @Test("Float results are within tolerance", arguments: KernelPath.tested, shapes)
    func float(path: KernelPath, shape: Shape) {
        for type in [TokenType.bfloat16, .float16, .float32] { check(Float.self, path, shape, type) }
    }

    @Test("Double results are within tolerance", arguments: KernelPath.tested, shapes)
    func double(path: KernelPath, shape: Shape) {
        for type in TokenType.allCases { check(Double.self, path, shape, type) }
    }

    private func check<S: Scalar>(_: S.Type, _ path: KernelPath, _ shape: Shape, _ type: TokenType) {
        let batch = TokenBatch(lengths: shape.lengths, width: shape.width, type: type, seed: 11)
        let longest = shape.lengths.max() ?? 0
        var candidates: [Candidate<S>] = []
        for (index, count) in shape.queries.enumerated() {
            let rows = index == 0 ? allRows(shape.lengths.count) : someRows(shape.lengths.count, seed: 5)
            candidates.append(
                Candidate(
                    queries: count, width: shape.width, rows: rows, maximumTokens: longest + index,
                    seed: UInt64(10 * index), table: index > 1 ? candidates[1] : nil))
        }
        let core = AttentionCore<S>(path: path, threads: ThreadPool(threads: 1))
        withExtendedLifetime(batch) {
            core.forward(batch.views, candidates.map(\.segment))
            core.backward(batch.views, candidates.map(\.segment))
        }
        for candidate in candidates {
            expectMatch(candidate, batch: batch, tolerance: attentionTolerance(S.self, path, type)) { _, tokens in
                tokens
            }
        }
    }

    @Test("An extreme score gives weights of one and zero, not NaN", arguments: KernelPath.tested)
    func outlier(path: KernelPath) {
        let batch = TokenBatch(lengths: [9], width: 16, type: .float32, seed: 3)
        let candidate = Candidate<Float>(queries: 2, width: 16, rows: [0], maximumTokens: 9, seed: 1)
        for index in 0..<32 { candidate.queries.elements[index] *= 3e4 }
        withExtendedLifetime(batch) {
            AttentionCore<Float>(path: path, threads: ThreadPool(threads: 1)).forward(batch.views, [candidate.segment])
        }
        #expect(candidate.attention.values.allSatisfy { $0 == 0 || $0 == 1 })
        #expect(candidate.attention.values.reduce(0, +) == 2)
    }
}

/// Holds a candidate's results to the reference, sample by sample.
/// - Parameter see: the tokens as the candidate sees them, from the batch position and the plain tokens.
func expectMatch<S: Scalar>(
    _ candidate: Candidate<S>, batch: TokenBatch, tolerance: Double, additive: ((Int) -> [[Double]])? = nil,
    _ see: (Int, [[Double]]) -> [[Double]]
) {
    let width = candidate.queries.columns
    var sums = [[Double]](
        repeating: [Double](repeating: 0, count: width), count: candidate.queries.rows)
    for (sample, row) in candidate.rows.enumerated() where row >= 0 {
        let row = Int(row)
        let reference = AttentionReference(
            tokens: see(sample, batch.values[sample]), queries: candidate.queries(ofRow: row),
            additive: additive?(sample))
        #expect(relativeError(Array(candidate.pooled.row(row)), reference.pooled.flatMap { $0 }) < tolerance)
        let zeta = candidate.zeta(ofRow: row)
        let (weights, psi) = (reference.attention, reference.scoreGradient(zeta))
        for query in 0..<candidate.queryCount {
            let attention = candidate.lane(query, ofRow: row, in: candidate.attention)
            #expect(relativeError(attention, weights[query]) < tolerance)
            // Scores' gradients are differences of nearly equal numbers, so they are held to the size of all of them.
            let largest = psi.flatMap { $0 }.reduce(1e-300) { max($0, abs($1)) }
            let slope = candidate.lane(query, ofRow: row, in: candidate.scoreGradient)
            let error = zip(slope, psi[query]).reduce(0) {
                max($0, abs(Double($1.0) - $1.1) / max(largest, 0.1))
            }
            #expect(error < tolerance)
        }
        for (query, gradient) in reference.queryGradient(zeta).enumerated() {
            let place = candidate.perRow ? row * candidate.queryCount + query : query
            sums[place] = zip(sums[place], gradient).map { $0 + $1 }
        }
    }
    // One token's softmax is constant: its gradient is rounding alone, and there is nothing to be relative to.
    let scale = max(1, sums.flatMap { $0 }.reduce(0) { max($0, abs($1)) })
    let error = zip(candidate.queryGradient.values, sums.flatMap { $0 }).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
    #expect(error / scale < tolerance)
}
