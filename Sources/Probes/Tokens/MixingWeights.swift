package import Numerics

/// α = softmax(w), the weights of levels in a mixture.
package enum MixingWeights {
    package static func of<S: Scalar>(_ logits: UnsafeMutableBufferPointer<S>) -> [S] {
        var weights = Array(logits)
        let count = weights.count
        weights.withUnsafeMutableBufferPointer { weights in
            guard let first = weights.baseAddress else { return }
            Softmax.apply(MatrixView(pointer: first, rows: 1, columns: count))
        }
        return weights
    }

    /// ∂w = α ⊙ (∂α − Σ α ⊙ ∂α).
    ///
    /// - Parameter slopes: ∂α channel by channel, `[L, D]`.
    static func writeGradient<S: Scalar>(
        _ slopes: MatrixView<S>, at weights: [S], into gradient: UnsafeMutableBufferPointer<S>
    ) {
        let sums = (0..<slopes.rows).map { slopes.row($0).reduce(0.0) { $0 + Double($1) } }
        let mean = zip(sums, weights).reduce(0.0) { $0 + $1.0 * Double($1.1) }
        for level in gradient.indices { gradient[level] = weights[level] * S(sums[level] - mean) }
    }
}

/// target `[R, k·L·D]`: each of k vectors of a row of the source `[R, k·D]`, times each level's weight, levels side by
/// side.
@specialized(where S == Float)
func spreadOverLevels<S: Scalar>(
    _ source: MatrixView<S>, by weights: [S], width: Int, into target: MatrixView<S>
) {
    let levels = weights.count
    for row in 0..<source.rows {
        let (from, to) = (source.pointer + row * source.stride, target.pointer + row * target.stride)
        for vector in 0..<source.columns / width {
            for level in 0..<levels {
                let (part, place) = (from + vector * width, to + (vector * levels + level) * width)
                let weight = weights[level]
                for channel in 0..<width { place[channel] = weight * part[channel] }
            }
        }
    }
}

/// target `[R, k·D]`: each of k vectors of a row of the source `[R, k·L·D]`, the sum of its levels by their weights.
@specialized(where S == Float)
func mixLevels<S: Scalar>(_ source: MatrixView<S>, by weights: [S], width: Int, into target: MatrixView<S>) {
    let levels = weights.count
    for row in 0..<source.rows {
        let (from, to) = (source.pointer + row * source.stride, target.pointer + row * target.stride)
        for vector in 0..<target.columns / width {
            let place = to + vector * width
            for level in 0..<levels {
                let (part, weight) = (from + (vector * levels + level) * width, weights[level])
                if level == 0 {
                    for channel in 0..<width { place[channel] = weight * part[channel] }
                } else {
                    for channel in 0..<width { place[channel] += weight * part[channel] }
                }
            }
        }
    }
}

/// slopes `[L, D]` ← slopes + each level's vectors in the source `[R, k·L·D]`, times those of `other` `[R, k·D]`,
/// channel by channel, in the order of the rows.
@specialized(where S == Float)
func addLevelSlopes<S: Scalar>(_ source: MatrixView<S>, along other: MatrixView<S>, to slopes: MatrixView<S>) {
    let (levels, width) = (slopes.rows, slopes.columns)
    for row in 0..<source.rows {
        let (from, along) = (source.pointer + row * source.stride, other.pointer + row * other.stride)
        for vector in 0..<other.columns / width {
            let factor = along + vector * width
            for level in 0..<levels {
                let part = from + (vector * levels + level) * width
                let sum = slopes.pointer + level * slopes.stride
                for channel in 0..<width { sum[channel] += part[channel] * factor[channel] }
            }
        }
    }
}
