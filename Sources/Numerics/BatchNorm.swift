internal import CKernels

/// Batch norm without affine over the rows of a matrix (probing_methods 0.1).
package enum BatchNorm {
    /// Mean and biased variance of every column, `[columns]` each.
    ///
    /// Rows are added in order and the variance is taken around the mean, so a column's bits depend on that column
    /// alone.
    package static func statistics<S: Scalar>(
        of x: MatrixView<S>, mean: UnsafeMutablePointer<S>, variance: UnsafeMutablePointer<S>, on path: KernelPath
    ) {
        kernels(for: S.self, on: path).column_statistics(x.pointer, x.stride, x.rows, x.columns, mean, variance)
    }

    /// y = (x − mean) / √(variance + ε). y may be x.
    package static func normalise<S: Scalar>(
        _ x: MatrixView<S>, mean: UnsafePointer<S>, variance: UnsafePointer<S>, epsilon: Double,
        into y: MatrixView<S>, on path: KernelPath
    ) {
        precondition(x.rows == y.rows && x.columns == y.columns)
        kernels(for: S.self, on: path).normalise(
            x.pointer, x.stride, x.rows, x.columns, mean, variance, epsilon, y.pointer, y.stride)
    }

    /// dx = (dy − mean(dy) − y · mean(dy · y)) / √(variance + ε), means over rows, y being what `normalise` gave with
    /// the batch's own statistics. dx may be dy.
    package static func backward<S: Scalar>(
        gradient: MatrixView<S>, normalised: MatrixView<S>, variance: UnsafePointer<S>, epsilon: Double,
        into dx: MatrixView<S>, on path: KernelPath
    ) {
        precondition(gradient.rows == normalised.rows && gradient.columns == normalised.columns)
        precondition(gradient.rows == dx.rows && gradient.columns == dx.columns)
        kernels(for: S.self, on: path).normalise_backward(
            gradient.pointer, gradient.stride, normalised.pointer, normalised.stride, dx.rows, dx.columns, variance,
            epsilon, dx.pointer, dx.stride)
    }
}
