/// B ← A⁺·B for a symmetric positive semidefinite matrix A `[n, n]`: of all solutions of least squares the shortest.
///
/// A Cholesky factorisation with diagonal pivoting gives A = L·Lᵀ with L `[n, r]`, and A⁺ = L·(LᵀL)⁻²·Lᵀ. It ends where the
/// largest pivot left is at most 10·n·2⁻⁵² of the first: the rank r. Source: Higham, "Analysis of the Cholesky decomposition
/// of a semi-definite matrix" (1990); Courrieu, "Fast computation of Moore–Penrose inverse matrices" (2005).
public func solveSemidefinite(_ a: MatrixView<Double>, _ b: MatrixView<Double>, on path: KernelPath) {
    precondition(a.rows == a.columns && b.rows == a.rows, "[\(a.rows), \(a.columns)] and \(b.rows) rows")
    var cutOff = CholeskyFactor.cutOff(a.rows)
    while true {
        let factor = pivotedFactor(a, cutOff: cutOff)
        let rank = factor.columns
        guard rank > 0 else { return b.clear() }
        let small = Matrix<Double>(rows: rank, columns: rank)
        let right = Matrix<Double>(rows: rank, columns: b.columns)
        defer { withExtendedLifetime((factor, small, right)) {} }
        multiply(factor.view, transposed: true, factor.view, into: small.view, on: path)
        if let square = CholeskyFactor(small.view, on: path) {
            multiply(factor.view, transposed: true, b, into: right.view, on: path)
            square.solve(right.view)
            square.solve(right.view)
            return multiply(factor.view, right.view, into: b, on: path)
        }
        // L's own columns are dependent within rounding: fewer of them.
        cutOff *= 10
    }
}

/// L `[n, r]` with A = L·Lᵀ as far as pivots are above the cut-off.
private func pivotedFactor(_ a: MatrixView<Double>, cutOff: Double) -> Matrix<Double> {
    let n = a.rows
    var rest = (0..<n).map { a[$0, $0] }
    let columns = Matrix<Double>(rows: n, columns: n)
    let least = cutOff * (rest.max() ?? 0)
    var rank = 0
    while rank < n {
        // Of equal pivots the first.
        let pivot = rest.indices.dropFirst().reduce(0) { rest[$1] > rest[$0] ? $1 : $0 }
        guard rest[pivot] > least else { break }
        let length = rest[pivot].squareRoot()
        for row in 0..<n {
            var sum = a[row, pivot]
            for index in 0..<rank { sum -= columns.elements[row * n + index] * columns.elements[pivot * n + index] }
            columns.elements[row * n + rank] = sum / length
            rest[row] -= sum / length * (sum / length)
        }
        // Nothing is left of the pivot, whatever rounding says.
        rest[pivot] = -.infinity
        rank += 1
    }
    let factor = Matrix<Double>(rows: n, columns: rank)
    factor.view.copy(from: columns.view.columns(0..<rank))
    withExtendedLifetime(columns) {}
    return factor
}
