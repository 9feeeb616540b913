internal import Numerics

/// Batch norm without affine: ŷ = (y − m)/√(v + ε), per channel.
///
/// In training m and v are the batch's mean and biased variance, and the running statistics move by a tenth towards
/// them, the variance unbiased: m_r ← 0.9 m_r + 0.1 m, v_r ← 0.9 v_r + 0.1 v·n/(n−1). Evaluation uses (m_r, v_r).
///
/// Backward: y' = (ŷ' − mean_n(ŷ') − ŷ ⊙ mean_n(ŷ' ⊙ ŷ))/√(v + ε).
///
/// Sums run over the rows in their order. Source: `BatchNorm1d(affine=False, eps=1e-6)` of PyTorch, as in the literature.
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
    ///   - inverseDeviation: `[width]`, 1/√(v + ε), kept for `backward`.
    ///   - scratch: `[width]`.
    @specialized(where S == Float)
    static func normalize<S: Scalar>(
        _ rows: MatrixView<S>, inverseDeviation: UnsafeMutablePointer<S>, running: TensorBlock<S>,
        scratch mean: UnsafeMutablePointer<S>
    ) {
        let width = rows.columns
        let inverseCount = 1 / S(rows.rows)
        sumRows(of: rows, into: UnsafeMutableBufferPointer(start: mean, count: width))
        for channel in 0..<width { mean[channel] *= inverseCount }
        inverseDeviation.update(repeating: 0, count: width)
        for row in 0..<rows.rows {
            let elements = rows.pointer + row * rows.stride
            for channel in 0..<width {
                let centred = elements[channel] - mean[channel]
                elements[channel] = centred
                inverseDeviation[channel] += centred * centred
            }
        }
        move(running, towards: mean, squares: inverseDeviation, count: rows.rows)
        let epsilon = S(Self.epsilon)
        for channel in 0..<width {
            inverseDeviation[channel] = 1 / (inverseDeviation[channel] * inverseCount + epsilon).squareRoot()
        }
        for row in 0..<rows.rows {
            let elements = rows.pointer + row * rows.stride
            for channel in 0..<width { elements[channel] *= inverseDeviation[channel] }
        }
    }

    @specialized(where S == Float)
    private static func move<S: Scalar>(
        _ running: TensorBlock<S>, towards mean: UnsafeMutablePointer<S>, squares: UnsafeMutablePointer<S>, count: Int
    ) {
        let (runningMean, runningVariance) = (running.matrix(0).pointer, running.matrix(1).pointer)
        let momentum = S(Self.momentum)
        let unbiased = 1 / S(count - 1)
        for channel in 0..<running.matrix(0).columns {
            runningMean[channel] = (1 - momentum) * runningMean[channel] + momentum * mean[channel]
            runningVariance[channel] =
                (1 - momentum) * runningVariance[channel] + momentum * (squares[channel] * unbiased)
        }
    }

    /// Normalises `[n, width]` in place by the running statistics.
    @specialized(where S == Float)
    static func normalize<S: Scalar>(_ rows: MatrixView<S>, by running: TensorBlock<S>) {
        let (mean, variance) = (running.matrix(0).pointer, running.matrix(1).pointer)
        let epsilon = S(Self.epsilon)
        for row in 0..<rows.rows {
            let elements = rows.pointer + row * rows.stride
            for channel in 0..<rows.columns {
                elements[channel] = (elements[channel] - mean[channel]) / (variance[channel] + epsilon).squareRoot()
            }
        }
    }

    /// Turns ∂L/∂ŷ into ∂L/∂y, in place.
    ///
    /// - Parameter scratch: `[2 · width]`.
    @specialized(where S == Float)
    static func backward<S: Scalar>(
        _ gradient: MatrixView<S>, normalized: MatrixView<S>, inverseDeviation: UnsafeMutablePointer<S>,
        scratch: UnsafeMutablePointer<S>
    ) {
        let width = gradient.columns
        let (mean, projection) = (scratch, scratch + width)
        scratch.update(repeating: 0, count: 2 * width)
        for row in 0..<gradient.rows {
            let slope = gradient.pointer + row * gradient.stride
            let value = normalized.pointer + row * normalized.stride
            for channel in 0..<width {
                mean[channel] += slope[channel]
                projection[channel] += slope[channel] * value[channel]
            }
        }
        let inverseCount = 1 / S(gradient.rows)
        for channel in 0..<2 * width { scratch[channel] *= inverseCount }
        for row in 0..<gradient.rows {
            let slope = gradient.pointer + row * gradient.stride
            let value = normalized.pointer + row * normalized.stride
            for channel in 0..<width {
                slope[channel] =
                    (slope[channel] - mean[channel] - value[channel] * projection[channel]) * inverseDeviation[channel]
            }
        }
    }
}
