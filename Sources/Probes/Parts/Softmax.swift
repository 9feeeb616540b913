internal import Numerics

/// Softmax of rows of scores, for probes that attend to computed tokens.
enum Softmax {
    /// a ← softmax(s), row by row, in place.
    @specialized(where S == Float)
    static func apply<S: Scalar>(_ rows: MatrixView<S>) {
        for row in 0..<rows.rows {
            let scores = rows.row(row)
            var peak = -S.infinity
            for score in scores where !(score <= peak) { peak = score }
            for index in scores.indices { scores[index] -= peak }
            exponentiate(scores)
            var sum: S = 0
            for score in scores { sum += score }
            let factor = 1 / sum
            for index in scores.indices { scores[index] *= factor }
        }
    }

    /// ψ = a ⊙ (α − Σ a ⊙ α), row by row, in place of α = ∂L/∂a.
    @specialized(where S == Float)
    static func backward<S: Scalar>(_ gradient: MatrixView<S>, attention: MatrixView<S>) {
        for row in 0..<gradient.rows {
            let (slope, weight) = (gradient.row(row), attention.row(row))
            var sum: S = 0
            for index in slope.indices { sum += weight[index] * slope[index] }
            for index in slope.indices { slope[index] = weight[index] * (slope[index] - sum) }
        }
    }
}
