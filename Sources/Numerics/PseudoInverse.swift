/// Replaces every row b of some right-hand sides `[m, n]` by A⁺·b for a symmetric positive semidefinite A `[n, n]`: the
/// minimum-norm least-squares solution.
///
/// A Cholesky factorisation with diagonal pivoting gives A = L·Lᵀ with L `[n, r]`, and A⁺ = L·(LᵀL)⁻²·Lᵀ. It ends where
/// the largest pivot left is at most `cutOff` of the first: the rank r. Source: Higham, "Analysis of the Cholesky
/// decomposition of a semi-definite matrix" (1990); Courrieu, "Fast computation of Moore–Penrose inverse matrices"
/// (2005).
package func solveSemidefinite(
    _ a: MatrixView<Double>, _ sides: MatrixView<Double>, cutOff: Double, on path: KernelPath
) {
    precondition(a.rows == a.columns && sides.columns == a.rows, "[\(a.rows), \(a.columns)], \(sides.columns) columns")
    var cutOff = cutOff
    // From a cut-off of 1 on, no pivot is left.
    while cutOff < 1 {
        let factor = pivotedFactor(a, cutOff: cutOff)
        let rank = factor.columns
        guard rank > 0 else { return sides.clear() }
        let small = Matrix<Double>(rows: rank, columns: rank)
        let inner = Matrix<Double>(rows: sides.rows, columns: rank)
        defer { withExtendedLifetime((factor, inner)) {} }
        multiply(factor.view, transposed: true, factor.view, into: small.view, on: path)
        if let square = Cholesky(small, on: path) {
            multiply(sides, factor.view, into: inner.view, on: path)
            square.solve(inner.view)
            square.solve(inner.view)
            return multiply(inner.view, factor.view, transposed: true, into: sides, on: path)
        }
        // L's own columns are dependent within rounding: fewer of them.
        cutOff = max(10 * cutOff, .ulpOfOne)
    }
    sides.clear()
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
        // The pivot is exactly zero after this step, whatever the rounding.
        rest[pivot] = -.infinity
        rank += 1
    }
    let factor = Matrix<Double>(rows: n, columns: rank)
    factor.view.copy(from: columns.view.columns(0..<rank))
    withExtendedLifetime(columns) {}
    return factor
}
