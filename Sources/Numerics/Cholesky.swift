/// L of a symmetric positive definite matrix A = L·Lᵀ, in double precision, for solving with many right-hand sides.
///
/// Blocked, so that nearly all arithmetic is in matrix products; its bits depend on A and the path alone. Source:
/// Golub and Van Loan, "Matrix computations" (2013), §4.2.6, block Cholesky.
package struct Cholesky {
    /// Columns of a panel.
    private static let panel = 48

    /// L; above the diagonal the content of A remains.
    private let lower: Matrix<Double>
    /// The inverse of each panel's triangle, in the rows of the panel, so that solving needs only products.
    private let inverses: Matrix<Double>
    private let path: KernelPath

    /// Consumes A, of which only the lower triangle is read.
    ///
    /// Nil if A is not positive definite in double precision: if a pivot is at most this share of the largest diagonal
    /// entry, by default 0.
    package init?(_ matrix: Matrix<Double>, cutOff: Double = 0, on path: KernelPath) {
        precondition(matrix.rows == matrix.columns, "a matrix of \(matrix.rows) × \(matrix.columns) is not symmetric")
        lower = matrix
        inverses = Matrix(rows: matrix.rows, columns: Self.panel)
        self.path = path
        let least = cutOff * (0..<matrix.rows).reduce(0) { max($0, matrix[$1, $1]) }
        for columns in Self.panels(matrix.rows) {
            guard factor(columns, least: least) else { return nil }
            invert(columns)
            guard columns.upperBound < lower.rows else { continue }
            let below = lower.view.rows(columns.upperBound..<lower.rows)
            multiplyByInverse(below.columns(columns), columns, transposed: true)
            // Panel by panel, so that little above the diagonal is computed.
            for target in Self.panels(lower.rows) where target.lowerBound >= columns.upperBound {
                let rows = lower.view.rows(target.lowerBound..<lower.rows)
                multiply(
                    rows.columns(columns), lower.view.rows(target).columns(columns), transposed: true,
                    into: rows.columns(target), alpha: -1, accumulate: true, on: path)
            }
        }
    }

    /// Replaces every row b of some right sides `[n, D]` by x with A·x = b.
    package func solve(_ sides: MatrixView<Double>) {
        precondition(sides.columns == lower.rows)
        let panels = Self.panels(lower.rows)
        for columns in panels {
            let (target, done) = (sides.columns(columns), 0..<columns.lowerBound)
            if !done.isEmpty {
                multiply(
                    sides.columns(done), lower.view.rows(columns).columns(done), transposed: true, into: target,
                    alpha: -1, accumulate: true, on: path)
            }
            multiplyByInverse(target, columns, transposed: true)
        }
        for columns in panels.reversed() {
            let (target, done) = (sides.columns(columns), columns.upperBound..<lower.rows)
            if !done.isEmpty {
                multiply(
                    sides.columns(done), lower.view.rows(done).columns(columns), into: target, alpha: -1,
                    accumulate: true, on: path)
            }
            multiplyByInverse(target, columns, transposed: false)
        }
        withExtendedLifetime(lower) {}
    }

    private static func panels(_ count: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: panel).map { $0..<min($0 + panel, count) }
    }

    /// The panel's own triangle, in place; false at a pivot that is too small.
    private func factor(_ columns: Range<Int>, least: Double) -> Bool {
        for column in columns {
            let pivots = lower.elements + column * lower.columns
            var square = pivots[column]
            for inner in columns.lowerBound..<column { square -= pivots[inner] * pivots[inner] }
            guard square > least, square.isFinite else { return false }
            let pivot = square.squareRoot()
            pivots[column] = pivot
            for row in column + 1..<max(column + 1, columns.upperBound) {
                let values = lower.elements + row * lower.columns
                var sum = values[column]
                for inner in columns.lowerBound..<column { sum -= values[inner] * pivots[inner] }
                values[column] = sum / pivot
            }
        }
        return true
    }

    /// Inverts the panel's triangle, by forward substitution of unit vectors.
    private func invert(_ columns: Range<Int>) {
        let inverse = inverses.view.rows(columns)
        for column in 0..<columns.count {
            for row in column..<columns.count {
                let values = lower.elements + (columns.lowerBound + row) * lower.columns + columns.lowerBound
                var sum = row == column ? 1.0 : 0
                for inner in column..<row { sum -= values[inner] * inverse[inner, column] }
                inverse[row, column] = sum / values[row]
            }
        }
    }

    /// Replaces rows b by b·L⁻ᵀ, or by b·L⁻¹, L being the panel's triangle.
    private func multiplyByInverse(_ sides: MatrixView<Double>, _ columns: Range<Int>, transposed: Bool) {
        let inverse = inverses.view.rows(columns).columns(0..<columns.count)
        let copy = Matrix<Double>(rows: sides.rows, columns: sides.columns)
        copy.view.copy(from: sides)
        multiply(copy.view, inverse, transposed: transposed, into: sides, on: path)
        withExtendedLifetime((copy, inverses)) {}
    }
}
