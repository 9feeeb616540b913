import Foundation

extension Metrics {
    /// Log-loss: −(1/n) Σ ln p_y, in nats, p being the softmax of the logits.
    ///
    /// p is clipped to [ε, 1 − ε] with ε = 2⁻⁵², as scikit-learn does for float64, so that a certain wrong answer (k-NN
    /// without a vote for the label) costs 36.04 and not ∞. Ties and empty classes do not matter; a constant prediction
    /// costs ln C. Undefined without samples, or with a NaN.
    static func logLoss(_ rows: ScoreRows) -> Double? {
        guard rows.isDefined else { return nil }
        var sum = 0.0
        for row in 0..<rows.count {
            let scores = rows[row]
            let probability = exp(Double(scores[Int(rows.labels[row])]) - logarithmOfSum(scores))
            sum -= log(min(max(probability, .ulpOfOne), 1 - .ulpOfOne))
        }
        return sum / Double(rows.count)
    }

    /// Expected calibration error: Σ_b (n_b/n) |accuracy_b − confidence_b| over 15 bins of equal width of the largest
    /// probability (Guo et al. 2017, as torchmetrics bins it: [lo, hi), with a bin of its own for a confidence of
    /// exactly 1).
    ///
    /// Ties: the lowest index is the prediction. Empty bins add nothing; empty classes do not matter. A constant
    /// prediction errs by |accuracy − 1/C|. Undefined without samples, or with a NaN.
    static func calibrationError(_ rows: ScoreRows, bins: Int = 15) -> Double? {
        guard rows.isDefined else { return nil }
        var surplus = [Double](repeating: 0, count: bins + 1)
        for row in 0..<rows.count {
            let scores = rows[row]
            var predicted = 0
            for index in 1..<max(1, scores.count) where scores[index] > scores[predicted] { predicted = index }
            let confidence = exp(Double(scores[predicted]) - logarithmOfSum(scores))
            // Accuracy and confidence of a bin share the weight n_b/n, so their difference can be summed sample by
            // sample.
            surplus[min(bins, Int(confidence * Double(bins)))] +=
                (predicted == Int(rows.labels[row]) ? 1 : 0) - confidence
        }
        return surplus.reduce(0) { $0 + abs($1) } / Double(rows.count)
    }

    /// ln Σ exp(score), with the largest score taken out so that nothing overflows.
    private static func logarithmOfSum(_ scores: UnsafeBufferPointer<Float>) -> Double {
        let largest = Double(scores.reduce(-.infinity, max))
        return largest + log(scores.reduce(0.0) { $0 + exp(Double($1) - largest) })
    }
}
