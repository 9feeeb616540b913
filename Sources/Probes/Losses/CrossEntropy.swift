internal import Numerics

/// Cross-entropy of softmax, natural logarithm, weighted by class; without weights it is `softmaxCrossEntropy`.
enum CrossEntropy {
    /// L = Σ_i w_{y_i}·CE_i / Σ_i w_{y_i}. Replaces logits by ∂L/∂logits.
    ///
    /// A batch whose weights sum to 0 has the loss 0 and no gradient.
    ///
    /// - Parameter weights: `[C]`, none negative.
    @specialized(where S == Float)
    static func differentiate<S: Scalar>(
        _ logits: MatrixView<S>, labels: UnsafePointer<Int32>, weights: UnsafePointer<Float>, on path: KernelPath
    ) -> Double {
        var (total, sum) = (0.0, 0.0)
        for row in 0..<logits.rows { sum += Double(weights[Int(labels[row])]) }
        for row in 0..<logits.rows {
            let line = logits.rows(row..<row + 1)
            let share = sum > 0 ? Double(weights[Int(labels[row])]) / sum : 0
            total += share * softmaxCrossEntropy(line, labels: labels + row, gradient: line, on: path)
            let factor = S(share)
            for column in 0..<line.columns { line.pointer[column] *= factor }
        }
        return total
    }
}
