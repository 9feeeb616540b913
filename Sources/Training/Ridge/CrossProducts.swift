import Numerics

/// What ridge regression needs of some rows: XᵀX, YᵀX, and the sums of X and Y, in double precision.
///
/// Those of disjoint rows add up, and those of rows that are left out are taken away: no row is read twice.
struct CrossProducts: @unchecked Sendable {
    // Sendable because matrices of sums that threads share are only read.

    /// `[D, D]`.
    let gram: Matrix<Double>
    /// `[C, D]`.
    let products: Matrix<Double>
    private(set) var featureSums: [Double]
    private(set) var targetSums: [Double]
    private(set) var count = 0

    init(width: Int, outputs: Int) {
        let shapes = Self.shapes(width: width, outputs: outputs)
        (gram, products) = (Matrix(shapes.gram), Matrix(shapes.products))
        featureSums = [Double](repeating: 0, count: width)
        targetSums = [Double](repeating: 0, count: outputs)
    }

    /// Bytes of both matrices.
    static func bytes(width: Int, outputs: Int) -> Int {
        let shapes = shapes(width: width, outputs: outputs)
        return shapes.gram.bytes(of: Double.self) + shapes.products.bytes(of: Double.self)
    }

    private static func shapes(width: Int, outputs: Int) -> (gram: MatrixShape, products: MatrixShape) {
        (MatrixShape(rows: width, columns: width), MatrixShape(rows: outputs, columns: width))
    }

    /// Adds the products of a batch of rows, X `[n, D]` and Y `[n, C]`.
    mutating func add(_ x: MatrixView<Double>, _ y: MatrixView<Double>, on path: KernelPath) {
        // The upper triangle and what else lies in its blocks; `mirror` fills the rest.
        for first in stride(from: 0, to: x.columns, by: Self.strip) {
            let (columns, rows) = (first..<min(first + Self.strip, x.columns), 0..<min(first + Self.strip, x.columns))
            multiply(
                x.columns(rows), transposed: true, x.columns(columns), into: gram.view.rows(rows).columns(columns),
                accumulate: true, on: path)
        }
        multiply(y, transposed: true, x, into: products.view, accumulate: true, on: path)
        featureSums.withUnsafeMutableBufferPointer { sums in
            if let start = sums.baseAddress { columnSums(x, into: start, accumulate: true, on: path) }
        }
        targetSums.withUnsafeMutableBufferPointer { sums in
            if let start = sums.baseAddress { columnSums(y, into: start, accumulate: true, on: path) }
        }
        count += x.rows
    }

    private static let strip = 192

    /// Makes the Gram matrix symmetric after the last batch.
    func mirror() {
        for row in 0..<gram.rows {
            for column in 0..<row {
                gram.elements[row * gram.columns + column] = gram.elements[column * gram.columns + row]
            }
        }
    }

    /// Adds the products of other rows, or takes them away.
    mutating func add(_ other: CrossProducts, sign: Double = 1) {
        accumulate(gram, other.gram, sign)
        accumulate(products, other.products, sign)
        for index in featureSums.indices { featureSums[index] += sign * other.featureSums[index] }
        for index in targetSums.indices { targetSums[index] += sign * other.targetSums[index] }
        count += sign > 0 ? other.count : -other.count
    }

    private func accumulate(_ target: Matrix<Double>, _ source: Matrix<Double>, _ sign: Double) {
        for index in 0..<target.rows * target.columns { target.elements[index] += sign * source.elements[index] }
    }

    func copy() -> CrossProducts {
        var copy = CrossProducts(width: gram.rows, outputs: products.rows)
        copy.add(self)
        return copy
    }

    var featureMeans: [Double] { featureSums.map { $0 / Double(count) } }
    var targetMeans: [Double] { targetSums.map { $0 / Double(count) } }
}
