/// A symmetric positive definite matrix A `[n, n]` as L·Lᵀ, and what follows from it.
///
/// The factorisation is our own and not LAPACK's, so that its bits depend on the matrix and the path alone, like those of the
/// products that it consists of. Source: Golub and Van Loan, "Matrix computations" (2013), algorithm 4.2.4 in blocks, with the
/// inverses of L's diagonal blocks in place of triangular solutions.
public final class CholeskyFactor {
    private let path: KernelPath
    /// L in the lower triangle; what stands above it means nothing.
    private let lower: Matrix<Double>
    /// The inverse of the diagonal block that begins at each multiple of `block`, `[n, block]`.
    private let inverses: Matrix<Double>

    private static let block = 64
    /// Columns of what is left that are brought up to date by one product.
    private static let strip = 192

    /// A pivot below this share of the largest diagonal entry is rounding alone.
    static func cutOff(_ n: Int) -> Double { 10 * Double(max(1, n)) * Double.ulpOfOne }

    /// - Parameter matrix: A, of which the lower triangle is read.
    /// - Returns: nil for a matrix that is not positive definite: a pivot is at most 10·n·2⁻⁵² of the largest diagonal entry.
    public init?(_ matrix: MatrixView<Double>, on path: KernelPath) {
        precondition(matrix.rows == matrix.columns, "a matrix of \(matrix.rows) × \(matrix.columns) is not symmetric")
        let n = matrix.rows
        self.path = path
        lower = Matrix(rows: n, columns: n)
        inverses = Matrix(rows: n, columns: Self.block)
        lower.view.copy(from: matrix)
        let least = Self.cutOff(n) * (0..<n).reduce(0) { max($0, matrix[$1, $1]) }
        for start in stride(from: 0, to: n, by: Self.block) {
            let own = start..<min(start + Self.block, n)
            guard factor(own, least: least) else { return nil }
            invert(own)
            update(after: own)
        }
    }

    /// The diagonal block, row by row.
    private func factor(_ own: Range<Int>, least: Double) -> Bool {
        let a = lower.view
        for row in own {
            for column in own.lowerBound...row {
                var sum = a[row, column]
                for index in own.lowerBound..<column { sum -= a[row, index] * a[column, index] }
                if column < row {
                    a[row, column] = sum / a[column, column]
                } else {
                    guard sum > least else { return false }
                    a[row, row] = sum.squareRoot()
                }
            }
        }
        return true
    }

    private func invert(_ own: Range<Int>) {
        let (a, inverse, first) = (lower.view, inverses.view, own.lowerBound)
        for column in own {
            inverse[column, column - first] = 1 / a[column, column]
            for row in (column + 1)..<max(own.upperBound, column + 1) {
                var sum = 0.0
                for index in column..<row { sum -= a[row, index] * inverse[index, column - first] }
                inverse[row, column - first] = sum / a[row, row]
            }
        }
    }

    /// The rows below the block, and what is left of A.
    private func update(after own: Range<Int>) {
        let (n, end) = (lower.rows, own.upperBound)
        guard end < n else { return }
        let panel = lower.view.rows(end..<n).columns(own)
        let old = Matrix<Double>(rows: panel.rows, columns: panel.columns)
        old.view.copy(from: panel)
        multiply(old.view, inverse(own), transposed: true, into: panel, on: path)
        for start in stride(from: end, to: n, by: Self.strip) {
            let columns = start..<min(start + Self.strip, n)
            multiply(
                lower.view.rows(start..<n).columns(own), lower.view.rows(columns).columns(own), transposed: true,
                into: lower.view.rows(start..<n).columns(columns), alpha: -1, accumulate: true, on: path)
        }
        withExtendedLifetime(old) {}
    }

    private func inverse(_ own: Range<Int>) -> MatrixView<Double> { inverses.view.rows(own).columns(0..<own.count) }

    /// B ← A⁻¹·B.
    public func solve(_ b: MatrixView<Double>) {
        precondition(b.rows == lower.rows, "\(b.rows) rows for a matrix of \(lower.rows)")
        let blocks = stride(from: 0, to: b.rows, by: Self.block).map { $0..<min($0 + Self.block, b.rows) }
        let old = Matrix<Double>(rows: Self.block, columns: b.columns)
        defer { withExtendedLifetime(old) {} }
        let apply = { [self] (own: Range<Int>, transposed: Bool) in
            let part = old.view.rows(0..<own.count)
            part.copy(from: b.rows(own))
            multiply(inverse(own), transposed: transposed, part, into: b.rows(own), on: path)
        }
        for own in blocks {
            if own.lowerBound > 0 {
                let before = 0..<own.lowerBound
                multiply(
                    lower.view.rows(own).columns(before), b.rows(before), into: b.rows(own), alpha: -1, accumulate: true,
                    on: path)
            }
            apply(own, false)
        }
        for own in blocks.reversed() {
            if own.upperBound < b.rows {
                let behind = own.upperBound..<b.rows
                multiply(
                    lower.view.rows(behind).columns(own), transposed: true, b.rows(behind), into: b.rows(own), alpha: -1,
                    accumulate: true, on: path)
            }
            apply(own, true)
        }
    }
}
