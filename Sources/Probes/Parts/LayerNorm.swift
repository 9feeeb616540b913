internal import Numerics

/// Mean and 1/√(v + ε), v biased, of one vector.
@inline(__always)
func rowStatistics<S: Scalar>(_ elements: UnsafeMutablePointer<S>, _ count: Int, epsilon: S) -> (mean: S, scale: S) {
    var sum: S = 0
    for index in 0..<count { sum += elements[index] }
    let mean = sum / S(count)
    var squares: S = 0
    for index in 0..<count {
        let centred = elements[index] - mean
        squares += centred * centred
    }
    return (mean, 1 / (squares / S(count) + epsilon).squareRoot())
}

/// Layer norm, row by row: n = γ ⊙ x̂ + β with x̂ = (x − mean)/√(v + ε), v biased.
///
/// Backward: ∂γ = Σ n' ⊙ x̂; ∂β = Σ n'; with x̂' = γ ⊙ n', x' = (x̂' − mean(x̂') − x̂ mean(x̂' ⊙ x̂))/√(v + ε).
/// Source: Ba, Kiros and Hinton, "Layer normalization" (2016).
enum LayerNorm {
    /// x̂ ← x, and 1/√(v + ε) of each row. They may lie in the same place.
    @specialized(where S == Float)
    static func normalize<S: Scalar>(
        _ rows: MatrixView<S>, epsilon: Double, into normalized: MatrixView<S>,
        scale: UnsafeMutablePointer<S>? = nil, scaleStride: Int = 1
    ) {
        for row in 0..<rows.rows {
            let (from, to) = (rows.pointer + row * rows.stride, normalized.pointer + row * normalized.stride)
            let statistics = rowStatistics(from, rows.columns, epsilon: S(epsilon))
            for column in 0..<rows.columns { to[column] = (from[column] - statistics.mean) * statistics.scale }
            scale?[row * scaleStride] = statistics.scale
        }
    }

    /// n ← γ ⊙ x̂ + β. They may lie in the same place.
    @specialized(where S == Float)
    static func affine<S: Scalar>(
        _ normalized: MatrixView<S>, _ gamma: UnsafeMutableBufferPointer<S>, _ beta: UnsafeMutableBufferPointer<S>?,
        into target: MatrixView<S>
    ) {
        guard let gain = gamma.baseAddress else { return }
        let width = gamma.count
        // A row may hold several vectors of the norm's width side by side, as Z holds one a head.
        for row in 0..<normalized.rows {
            for start in stride(from: 0, to: normalized.columns, by: width) {
                let from = normalized.pointer + row * normalized.stride + start
                let to = target.pointer + row * target.stride + start
                if let shift = beta?.baseAddress {
                    for column in 0..<width { to[column] = gain[column] * from[column] + shift[column] }
                } else {
                    for column in 0..<width { to[column] = gain[column] * from[column] }
                }
            }
        }
    }

    /// ∂γ (+)= Σ n' ⊙ x̂ and ∂β (+)= Σ n', and n' ← γ ⊙ n' if asked for; rows may hold several vectors side by side.
    @specialized(where S == Float)
    static func affineBackward<S: Scalar>(
        _ gradient: MatrixView<S>, normalized: MatrixView<S>, _ gamma: UnsafeMutableBufferPointer<S>,
        gammaGradient: UnsafeMutableBufferPointer<S>, betaGradient: UnsafeMutableBufferPointer<S>?,
        accumulate: Bool = false, scales: Bool = true
    ) {
        guard let gain = gamma.baseAddress, let gainSlope = gammaGradient.baseAddress else { return }
        let width = gamma.count
        if !accumulate {
            gainSlope.update(repeating: 0, count: width)
            betaGradient?.baseAddress?.update(repeating: 0, count: width)
        }
        for row in 0..<gradient.rows {
            for start in stride(from: 0, to: gradient.columns, by: width) {
                let slope = gradient.pointer + row * gradient.stride + start
                let value = normalized.pointer + row * normalized.stride + start
                for column in 0..<width { gainSlope[column] += slope[column] * value[column] }
                if let shiftSlope = betaGradient?.baseAddress {
                    for column in 0..<width { shiftSlope[column] += slope[column] }
                }
                if scales { for column in 0..<width { slope[column] *= gain[column] } }
            }
        }
    }

    /// Turns x̂' into x', in place.
    @specialized(where S == Float)
    static func backward<S: Scalar>(
        _ gradient: MatrixView<S>, normalized: MatrixView<S>, scale: UnsafeMutablePointer<S>, scaleStride: Int = 1
    ) {
        let inverse = 1 / S(gradient.columns)
        for row in 0..<gradient.rows {
            let slope = gradient.pointer + row * gradient.stride
            let value = normalized.pointer + row * normalized.stride
            var (mean, projection): (S, S) = (0, 0)
            for column in 0..<gradient.columns {
                mean += slope[column]
                projection += slope[column] * value[column]
            }
            mean *= inverse
            projection *= inverse
            let factor = scale[row * scaleStride]
            for column in 0..<gradient.columns {
                slope[column] = (slope[column] - mean - value[column] * projection) * factor
            }
        }
    }
}
