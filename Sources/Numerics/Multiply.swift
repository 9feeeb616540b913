internal import CKernels

/// C ← alpha · op(A) · op(B), or C ← C + alpha · op(A) · op(B) where it accumulates; op transposes where asked to.
///
/// The bits of C[i, j] depend on row i of op(A), column j of op(B), k and the path: never on the shape of C, on the
/// position in it, or on what else is computed. Products are summed with k ascending in blocks of fixed length.
/// C must not overlap A or B.
/// - Parameter roundingInputs: whether a path with bfloat16 products rounds A and B to bfloat16 first, as
///   mixed-precision training does: each product is then off by 2⁻⁸ at most, sums stay in F32, and the rate about
///   doubles. Ignored by paths without such products, and for `Double`.
package func multiply<S: Scalar>(
    _ a: MatrixView<S>, transposed aTransposed: Bool, _ b: MatrixView<S>, transposed bTransposed: Bool,
    into c: MatrixView<S>, alpha: S = 1, accumulate: Bool = false, roundingInputs: Bool = true, on path: KernelPath
) {
    let (m, k) = aTransposed ? (a.columns, a.rows) : (a.rows, a.columns)
    let (depth, n) = bTransposed ? (b.columns, b.rows) : (b.rows, b.columns)
    precondition(
        k == depth && c.rows == m && c.columns == n,
        "[\(m), \(k)] · [\(depth), \(n)] does not give [\(c.rows), \(c.columns)]")
    let rounded = roundingInputs && S.self == Float.self ? path.bfloat16Kernels : nil
    let product = { @Sendable (rows: Range<Int>, columns: Range<Int>) in
        let left = aTransposed ? a.columns(rows) : a.rows(rows)
        let right = bTransposed ? b.rows(columns) : b.columns(columns)
        let target = c.rows(rows).columns(columns)
        if let rounded, let left = left as? MatrixView<Float>, let right = right as? MatrixView<Float>,
            let target = target as? MatrixView<Float>
        {
            rounded.multiply(
                rows.count, columns.count, k, Double(alpha), left.pointer, left.stride, aTransposed ? 1 : 0,
                right.pointer, right.stride, bTransposed ? 1 : 0, target.pointer, target.stride, accumulate ? 1 : 0)
        } else {
            kernels(for: S.self, on: path).multiply(
                rows.count, columns.count, k, Double(alpha), left.pointer, left.stride, aTransposed ? 1 : 0,
                right.pointer, right.stride, bTransposed ? 1 : 0, target.pointer, target.stride, accumulate ? 1 : 0)
        }
    }
    guard let pool = SharedProduct.pool,
        let shared = SharedProduct(m: m, n: n, k: k, roundingInputs: rounded != nil, threads: pool.threads)
    else { return product(0..<m, 0..<n) }
    pool.forEach(shared.blocks.count) { product(shared.blocks[$0].rows, shared.blocks[$0].columns) }
}

/// C ← alpha · op(A) · B, or added to C: as above, with B as it stands.
package func multiply<S: Scalar>(
    _ a: MatrixView<S>, transposed: Bool = false, _ b: MatrixView<S>, into c: MatrixView<S>, alpha: S = 1,
    accumulate: Bool = false, roundingInputs: Bool = true, on path: KernelPath
) {
    multiply(
        a, transposed: transposed, b, transposed: false, into: c, alpha: alpha, accumulate: accumulate,
        roundingInputs: roundingInputs, on: path)
}

/// C ← alpha · A · op(B), or added to C: as above, with A as it stands.
package func multiply<S: Scalar>(
    _ a: MatrixView<S>, _ b: MatrixView<S>, transposed: Bool, into c: MatrixView<S>, alpha: S = 1,
    accumulate: Bool = false, roundingInputs: Bool = true, on path: KernelPath
) {
    multiply(
        a, transposed: false, b, transposed: transposed, into: c, alpha: alpha, accumulate: accumulate,
        roundingInputs: roundingInputs, on: path)
}
