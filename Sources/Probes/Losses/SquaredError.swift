internal import Numerics

/// Mean squared error: L = (1/n) Σ_i (l_i − y_i)².
enum SquaredError {
    /// Replaces logits `[n, 1]` by ∂L/∂logits = 2·(l − y)/n.
    ///
    /// - Parameter targets: y, `[n]`.
    /// - Returns: L, NaN or infinite where a logit is.
    @specialized(where S == Float)
    static func differentiate<S: Scalar>(_ logits: MatrixView<S>, targets: UnsafePointer<Float>) -> Double {
        precondition(logits.columns == 1, "a squared error of \(logits.columns) outputs")
        let factor = 2 / S(logits.rows)
        var total = 0.0
        for row in 0..<logits.rows {
            let error = logits[row, 0] - S(targets[row])
            total += Double(error) * Double(error)
            logits[row, 0] = factor * error
        }
        return total / Double(logits.rows)
    }
}
