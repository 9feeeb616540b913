internal import CKernels

/// sums[d] = Σ_i x[i, d], rows in order; added to what is there if it accumulates.
package func columnSums<S: Scalar>(
    _ x: MatrixView<S>, into sums: UnsafeMutablePointer<S>, accumulate: Bool = false, on path: KernelPath
) {
    kernels(for: S.self, on: path).column_sums(x.pointer, x.stride, x.rows, x.columns, sums, accumulate ? 1 : 0)
}

/// x[i] ← x[i] + row for every row i, as a bias is added.
package func addRow<S: Scalar>(_ row: UnsafePointer<S>, to x: MatrixView<S>, on path: KernelPath) {
    kernels(for: S.self, on: path).add_row(row, x.rows, x.columns, x.pointer, x.stride)
}

/// y = x Φ(x) with Φ the normal distribution (GELU with the error function). y may be x.
///
/// In F32 the error of Φ is at most 1.5e-7.
package func gelu<S: Scalar>(
    _ x: UnsafePointer<S>, count: Int, into y: UnsafeMutablePointer<S>, on path: KernelPath
) {
    kernels(for: S.self, on: path).gelu(x, count, y)
}

/// dx = dy (Φ(x) + x φ(x)). dx may be dy.
package func geluBackward<S: Scalar>(
    _ x: UnsafePointer<S>, gradient: UnsafePointer<S>, count: Int, into dx: UnsafeMutablePointer<S>,
    on path: KernelPath
) {
    kernels(for: S.self, on: path).gelu_backward(x, gradient, count, dx)
}
