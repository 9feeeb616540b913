import Testing

@testable import Numerics

/// Numbers as bfloat16, nearest and ties to even, in memory of their own.
private final class RoundedMatrix {
    let view: RoundedView

    init(rows: Int, columns: Int) {
        view = RoundedView(
            pointer: .allocate(capacity: max(1, rows * columns)), rows: rows, columns: columns)
        view.pointer.initialize(repeating: 0, count: max(1, rows * columns))
    }

    convenience init(_ numbers: Matrix<Float>) {
        self.init(rows: numbers.rows, columns: numbers.columns)
        for (index, number) in numbers.values.enumerated() { view.pointer[index] = Self.bits(number) }
    }

    deinit { view.pointer.deallocate() }

    static func bits(_ number: Float) -> UInt16 {
        let bits = number.bitPattern
        return UInt16(truncatingIfNeeded: (bits + 0x7fff + (bits >> 16 & 1)) >> 16)
    }

    var bits: [UInt16] { Array(UnsafeBufferPointer(start: view.pointer, count: view.rows * view.columns)) }
}

private func rounded(_ numbers: [Float]) -> [UInt16] { numbers.map(RoundedMatrix.bits) }

/// Rounding before a product that rounds anyway changes no bit.
@Suite("Matrices rounded to bfloat16")
struct RoundedMatrixTests {
    static let paths = KernelPath.tested.filter { $0.roundsReadings(of: .bfloat16, width: 2) }
    /// There is no such product in software: without a path that has it nothing can be compared.
    static let needsProducts = ConditionTrait.enabled(
        if: !paths.isEmpty, "no kernel path here has products of bfloat16 pairs (avx512_bf16)")
    /// Rows, columns and terms of products, whole tiles and ragged ones.
    static let shapes = [(256, 24, 768), (9, 1, 2), (64, 50, 400), (17, 70, 38), (1, 48, 6), (31, 33, 384)]

    @Test(
        "A product with a rounded left matrix has the same bits as one that rounds it", needsProducts, arguments: shapes
    )
    func left(rows: Int, columns: Int, terms: Int) {
        let a: Matrix<Float> = normalMatrix(rows, terms, seed: 1)
        let b: Matrix<Float> = normalMatrix(columns, terms, seed: 2)
        let half = RoundedMatrix(a)
        let expected = Matrix<Float>(rows: rows, columns: columns), got = Matrix<Float>(rows: rows, columns: columns)
        for path in Self.paths {
            multiply(a.view, b.view, transposed: true, into: expected.view, on: path)
            multiply(half.view, byTransposed: b.view, into: got.view, on: path)
            #expect(got.values == expected.values)
        }
    }

    @Test(
        "A product with a rounded right matrix has the same bits as one that rounds it", needsProducts,
        arguments: shapes, [false, true])
    func right(shape: (Int, Int, Int), accumulate: Bool) {
        let (rows, columns, terms) = (shape.0, shape.1, shape.2 - 1)
        let a: Matrix<Float> = normalMatrix(terms, rows, seed: 1)
        let b: Matrix<Float> = normalMatrix(terms, columns, seed: 2)
        let half = RoundedMatrix(b)
        for path in Self.paths {
            let expected: Matrix<Float> = normalMatrix(rows, columns, seed: 3), got = expected.copy()
            multiply(a.view, transposed: true, b.view, into: expected.view, accumulate: accumulate, on: path)
            multiply(transposed: a.view, half.view, into: got.view, accumulate: accumulate, on: path)
            #expect(got.values == expected.values)
        }
    }

    @Test(
        "A product that is written rounded equals the rounded product", needsProducts,
        arguments: shapes.filter { $0.2 <= RoundedView.deepestProduct })
    func result(rows: Int, columns: Int, terms: Int) {
        let a: Matrix<Float> = normalMatrix(rows, terms, seed: 1)
        let b: Matrix<Float> = normalMatrix(terms, columns, seed: 2)
        let expected = Matrix<Float>(rows: rows, columns: columns)
        let got = RoundedMatrix(rows: rows, columns: columns)
        for path in Self.paths {
            multiply(a.view, b.view, into: expected.view, on: path)
            multiply(a.view, b.view, into: got.view, on: path)
            #expect(got.bits == rounded(expected.values))
        }
    }

    @Test(
        "Readings can be rounded only on paths whose products round bfloat16 tokens",
        arguments: KernelPath.allCases)
    func whereRounded(path: KernelPath) {
        #expect(!path.roundsReadings(of: .float32, width: 64))
        #expect(!path.roundsReadings(of: .bfloat16, width: 63))
        #expect(path.roundsReadings(of: .bfloat16, width: 64) == (path.roundedKernels != nil))
        if !path.hasBfloat16Products { #expect(!path.roundsReadings(of: .bfloat16, width: 64)) }
    }
}

/// The attention core with Z and ζ rounded, beside and without candidates whose readings are numbers.
@Suite("Rounded readings of the attention core", RoundedMatrixTests.needsProducts)
struct RoundedReadingTests {
    static let lengths = (0..<19).map { 3 + ($0 * 7) % 23 }

    /// What a candidate reads rounded, and the memory that holds it.
    private struct Reading {
        let pooled: RoundedMatrix
        let gradient: RoundedMatrix
        var rounded: RoundedReading { RoundedReading(pooled: pooled.view, gradient: gradient.view) }

        init(of candidate: Candidate<Float>) {
            pooled = RoundedMatrix(rows: candidate.pooled.rows, columns: candidate.pooled.columns)
            gradient = RoundedMatrix(candidate.pooledGradient)
        }
    }

    private func candidate(_ queries: Int, width: Int, seed: UInt64, table: Candidate<Float>? = nil)
        -> Candidate<Float>
    {
        Candidate(
            queries: queries, width: width, rows: someRows(Self.lengths.count, seed: 5), maximumTokens: 26, seed: seed,
            table: table)
    }

    @Test("Z is rounded, and ∂G and ψ keep their bits", arguments: [1, 8, 16, 21, 32], [2, 50, 96])
    func sameBits(queries: Int, width: Int) {
        let batch = TokenBatch(lengths: Self.lengths, width: width, type: .bfloat16, seed: 71)
        for path in RoundedMatrixTests.paths {
            let exact = candidate(queries, width: width, seed: 1), other = candidate(queries, width: width, seed: 1)
            let mate = candidate(5, width: width, seed: 2, table: other)
            let second = candidate(3, width: width, seed: 3, table: other)
            let (reading, secondReading) = (Reading(of: other), Reading(of: second))
            other.segmentOptions = { $0.rounded = reading.rounded }
            second.segmentOptions = { $0.rounded = secondReading.rounded }
            let core = AttentionCore<Float>(path: path, threads: ThreadPool(threads: 2))
            withExtendedLifetime((batch, exact, other, mate, second)) {
                for stack in [[exact], [mate, other, second]] {
                    core.forward(batch.views, stack.map(\.segment))
                    core.backward(batch.views, stack.map(\.segment))
                }
            }
            #expect(reading.pooled.bits == rounded(exact.pooled.values))
            #expect(other.attention.values == exact.attention.values)
            #expect(other.scoreGradient.values == exact.scoreGradient.values)
            #expect(other.queryGradient.values == exact.queryGradient.values)
            #expect(other.pooled.values.allSatisfy { $0 == 0 })
        }
    }
}
