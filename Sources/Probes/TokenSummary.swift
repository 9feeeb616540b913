package import Numerics

/// A summary of a sample that a probe reads besides tokens or Z; computed from frozen tokens once.
package enum TokenSummary: Hashable, Sendable {
    /// (1/N) Σ_t x_t, D wide.
    case mean(TokenSelection)
    /// The mean, Σ_t (x_t − mean)² and N: 2·D + 1 wide. Batches of samples combine them to statistics over all tokens.
    case moments(TokenSelection)

    package var tokens: TokenSelection {
        switch self {
        case .mean(let tokens), .moments(let tokens): tokens
        }
    }

    package func columns(width: Int) -> Int {
        switch self {
        case .mean: width
        case .moments: 2 * width + 1
        }
    }

    /// Summarises one sample.
    ///
    /// - Parameters:
    ///   - rows: The sample's tokens, `[N, D]`.
    ///   - target: Room for `columns` elements.
    @specialized(where S == Float)
    package func write<S: Scalar>(_ rows: MatrixView<S>, into target: UnsafeMutablePointer<S>) {
        let (count, width) = (rows.rows, rows.columns)
        sumRows(of: rows, into: UnsafeMutableBufferPointer(start: target, count: width))
        let inverse = 1 / S(max(count, 1))
        for channel in 0..<width { target[channel] *= inverse }
        guard case .moments = self else { return }
        let squares = target + width
        squares.update(repeating: 0, count: width)
        for token in 0..<count {
            let elements = rows.pointer + token * rows.stride
            for channel in 0..<width {
                let centred = elements[channel] - target[channel]
                squares[channel] += centred * centred
            }
        }
        target[2 * width] = S(count)
    }
}

/// A layer norm of frozen tokens in the attention core's form.
package enum TokenNorm {
    /// μ_t and r_t = 1/√(v_t + ε), v_t biased, of each of a sample's tokens.
    ///
    /// - Parameters:
    ///   - rows: `[N, D]`.
    ///   - mean: `[N]`.
    ///   - scale: `[N]`.
    @specialized(where S == Float)
    package static func statistics<S: Scalar>(
        of rows: MatrixView<S>, epsilon: Double, mean: UnsafeMutablePointer<S>, scale: UnsafeMutablePointer<S>
    ) {
        for token in 0..<rows.rows {
            let statistics = rowStatistics(rows.pointer + token * rows.stride, rows.columns, epsilon: S(epsilon))
            mean[token] = statistics.mean
            scale[token] = statistics.scale
        }
    }
}

/// Moments of a batch's tokens, combined from those of its samples.
enum TokenMoments {
    /// Mean and Σ (x − mean)² over all tokens of a batch.
    ///
    /// By Chan, Golub and LeVeque (1979), in the samples' order: Σ over samples of their own squares, and of N_i
    /// (mean_i − mean)². This avoids cancellation.
    ///
    /// - Parameter rows: The summaries `moments`, `[n, 2·D + 1]`.
    /// - Returns: The number of tokens.
    @specialized(where S == Float)
    static func combine<S: Scalar>(
        _ rows: MatrixView<S>, width: Int, mean: UnsafeMutablePointer<S>, squares: UnsafeMutablePointer<S>
    ) -> S {
        var count: S = 0
        mean.update(repeating: 0, count: width)
        squares.update(repeating: 0, count: width)
        for row in 0..<rows.rows {
            let moments = rows.pointer + row * rows.stride
            let tokens = moments[2 * width]
            count += tokens
            for channel in 0..<width { mean[channel] += tokens * moments[channel] }
        }
        let inverse = 1 / max(count, 1)
        for channel in 0..<width { mean[channel] *= inverse }
        for row in 0..<rows.rows {
            let moments = rows.pointer + row * rows.stride
            let tokens = moments[2 * width]
            for channel in 0..<width {
                let offset = moments[channel] - mean[channel]
                squares[channel] += moments[width + channel] + tokens * offset * offset
            }
        }
        return count
    }
}
