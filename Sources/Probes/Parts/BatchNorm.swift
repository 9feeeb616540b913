internal import Numerics

/// Batch norm without affine: ŷ = (y − m)/√(v + ε), per channel.
///
/// In training m and v are the batch's mean and biased variance, and the running statistics move by a tenth towards
/// them, the variance unbiased: m_r ← 0.9 m_r + 0.1 m, v_r ← 0.9 v_r + 0.1 v·n/(n−1). Evaluation uses (m_r, v_r).
///
/// Backward: y' = (ŷ' − mean_n(ŷ') − ŷ ⊙ mean_n(ŷ' ⊙ ŷ))/√(v + ε).
///
/// Sums run over the rows in their order. Source: `BatchNorm1d(affine=False, eps=1e-6)` of PyTorch, as in the
/// literature.
enum BatchNorm {
    static let epsilon = 1e-6
    static let momentum = 0.1

    /// The running statistics' names and first values.
    static func buffers(width: Int) -> [TensorSpecification] {
        [
            TensorSpecification("norm.running_mean", shape: [width], .constant(0)),
            TensorSpecification("norm.running_var", shape: [width], .constant(1)),
        ]
    }

    /// Normalises `[n, width]` in place by its own statistics, n ≥ 2, and moves the running ones.
    ///
    /// - Parameters:
    ///   - variance: `[width]`, v, kept for `backward`.
    ///   - scratch: `[width]`.
    @specialized(where S == Float)
    static func normalize<S: Scalar>(
        _ rows: MatrixView<S>, variance: UnsafeMutablePointer<S>, running: TensorBlock<S>,
        scratch mean: UnsafeMutablePointer<S>, on path: KernelPath
    ) {
        Numerics.BatchNorm.statistics(of: rows, mean: mean, variance: variance, on: path)
        move(running, towards: mean, variance, count: rows.rows)
        Numerics.BatchNorm.normalise(
            rows, mean: mean, variance: variance, epsilon: epsilon, into: rows, on: path)
    }

    /// Moves the running statistics a tenth towards a batch's own.
    @specialized(where S == Float)
    static func move<S: Scalar>(
        _ running: TensorBlock<S>, towards mean: UnsafeMutablePointer<S>, _ variance: UnsafeMutablePointer<S>,
        count: Int
    ) {
        let (runningMean, runningVariance) = (running.matrix(0).pointer, running.matrix(1).pointer)
        let momentum = S(Self.momentum)
        let unbiased = S(count) / S(count - 1)
        for channel in 0..<running.matrix(0).columns {
            runningMean[channel] = (1 - momentum) * runningMean[channel] + momentum * mean[channel]
            runningVariance[channel] =
                (1 - momentum) * runningVariance[channel] + momentum * (variance[channel] * unbiased)
        }
    }

    /// Normalises `[n, width]` in place by the running statistics.
    @specialized(where S == Float)
    static func normalize<S: Scalar>(_ rows: MatrixView<S>, by running: TensorBlock<S>, on path: KernelPath) {
        Numerics.BatchNorm.normalise(
            rows, mean: running.matrix(0).pointer, variance: running.matrix(1).pointer, epsilon: epsilon, into: rows,
            on: path)
    }

    /// Turns ∂L/∂ŷ into ∂L/∂y, in place.
    @specialized(where S == Float)
    static func backward<S: Scalar>(
        _ gradient: MatrixView<S>, normalized: MatrixView<S>, variance: UnsafeMutablePointer<S>, on path: KernelPath
    ) {
        Numerics.BatchNorm.backward(
            gradient: gradient, normalised: normalized, variance: variance, epsilon: epsilon, into: gradient, on: path)
    }
}
