import Foundation

@testable import Numerics

func exponential(_ x: Double) -> Double { exp(x) }

/// A batch of samples of random tokens, as a file would hold them.
final class TokenBatch {
    let views: [TokenView]
    /// The tokens' exact values, `[B][T][D]`.
    let values: [[[Double]]]
    private let memory: UnsafeMutableRawPointer

    init(lengths: [Int], width: Int, type: TokenType, seed: UInt64) {
        let total = lengths.reduce(0, +) * width
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, total * type.size), alignment: 64)
        let generator = CounterGenerator(key: seed, stream: 7)
        var views: [TokenView] = [], values: [[[Double]]] = [], index = 0
        for length in lengths {
            views.append(
                TokenView(base: memory + index * type.size, tokens: length, width: width, type: type))
            values.append(
                (0..<length).map { _ in
                    (0..<width).map { _ in
                        defer { index += 1 }
                        return Self.store(generator.normal(at: UInt64(index)), memory, index, type)
                    }
                })
        }
        self.memory = memory
        self.views = views
        self.values = values
    }

    deinit { memory.deallocate() }

    private static func store(_ value: Double, _ memory: UnsafeMutableRawPointer, _ index: Int, _ type: TokenType)
        -> Double
    {
        switch type {
        case .bfloat16:
            let bits = UInt16(Float(value).bitPattern >> 16)
            memory.storeBytes(of: bits, toByteOffset: index * 2, as: UInt16.self)
            return Double(Float(bitPattern: UInt32(bits) << 16))
        case .float16:
            let mantissa = (value / binade(value) * 1024).rounded() / 1024 * binade(value)
            memory.storeBytes(of: half(mantissa), toByteOffset: index * 2, as: UInt16.self)
            return mantissa
        case .float32:
            memory.storeBytes(of: Float(value), toByteOffset: index * 4, as: Float.self)
            return Double(Float(value))
        case .float64:
            memory.storeBytes(of: value, toByteOffset: index * 8, as: Double.self)
            return value
        }
    }

    private static func binade(_ value: Double) -> Double { max(value.binade.magnitude, 0x1p-14) }

    /// The bits of a half, whose value is given exactly.
    private static func half(_ value: Double) -> UInt16 {
        let sign: UInt16 = value < 0 ? 0x8000 : 0
        let magnitude = abs(value)
        guard magnitude >= 0x1p-14 else { return sign | UInt16(magnitude * 0x1p24) }
        return sign | UInt16(magnitude.exponent + 15) << 10 | UInt16((magnitude / magnitude.binade - 1) * 1024)
    }
}

/// One candidate with memory of its own for everything that a segment points to.
final class Candidate<S: Scalar> {
    let queries: Matrix<S>
    let rows: [Int32]
    let count: Int
    let maximumTokens: Int
    let queryCount: Int
    let pooled: Matrix<S>
    let pooledGradient: Matrix<S>
    let queryGradient: Matrix<S>
    let attention: Matrix<S>
    let scoreGradient: Matrix<S>
    private let rowTable: UnsafeMutablePointer<Int32>
    var perRow = false
    var segmentOptions: (inout AttentionSegment<S>) -> Void = { _ in }

    /// - Parameter table: a row table to share, so that candidates land in one group.
    init(
        queries count: Int, width: Int, rows: [Int32], maximumTokens: Int, seed: UInt64, perRow: Bool = false,
        table: Candidate<S>? = nil
    ) {
        self.rows = rows
        self.perRow = perRow
        self.count = rows.filter { $0 >= 0 }.count
        self.maximumTokens = maximumTokens
        queryCount = count
        queries = normalMatrix(perRow ? self.count * count : count, width, seed: seed, scale: 0.3)
        pooled = Matrix(rows: self.count, columns: count * width)
        pooledGradient = normalMatrix(self.count, count * width, seed: seed + 1)
        queryGradient = normalMatrix(queries.rows, width, seed: seed + 2)
        attention = Matrix(rows: self.count * maximumTokens, columns: count)
        scoreGradient = Matrix(rows: self.count * maximumTokens, columns: count)
        owner = table
        rowTable = table?.rowTable ?? .allocate(capacity: max(1, rows.count))
        if table == nil { rowTable.update(from: rows, count: rows.count) }
    }

    private let owner: Candidate<S>?

    deinit {
        if owner == nil { rowTable.deallocate() }
    }

    var segment: AttentionSegment<S> {
        var segment = AttentionSegment(
            queries: queries.view, queryCount: perRow ? queryCount : nil, rows: rowTable, attention: attention.elements,
            maximumTokens: maximumTokens, pooled: pooled.view, pooledGradient: pooledGradient.view,
            queryGradient: queryGradient.view)
        segment.queriesPerRow = perRow
        segment.scoreGradient = scoreGradient.elements
        segmentOptions(&segment)
        return segment
    }

    /// Every result's bits.
    var results: [S] { pooled.values + queryGradient.values + attention.values + scoreGradient.values }

    /// One query's part of A or ψ in a row of this candidate's batch, `[maximumTokens]`.
    func lane(_ query: Int, ofRow row: Int, in weights: Matrix<S>) -> [S] {
        (0..<maximumTokens).map { weights[row * maximumTokens + $0, query] }
    }

    /// The queries that a row of this candidate's batch uses.
    func queries(ofRow row: Int) -> [[Double]] {
        (0..<queryCount).map { query in
            queries.row(perRow ? row * queryCount + query : query).map { Double($0) }
        }
    }

    /// ζ of a row, `[M][D]`.
    func zeta(ofRow row: Int) -> [[Double]] {
        let width = queries.columns
        return (0..<queryCount).map { query in
            (0..<width).map { Double(pooledGradient[row, query * width + $0]) }
        }
    }
}

/// All samples in their own places.
func allRows(_ count: Int) -> [Int32] { (0..<Int32(count)).map { $0 } }

/// The samples that a generator picks, packed together; never none.
func someRows(_ count: Int, seed: UInt64) -> [Int32] {
    let generator = CounterGenerator(key: seed, stream: 12)
    var next: Int32 = 0
    return (0..<count).map { sample in
        guard sample == 0 || generator.uniform(at: UInt64(sample)) < 0.7 else { return -1 }
        defer { next += 1 }
        return next
    }
}
