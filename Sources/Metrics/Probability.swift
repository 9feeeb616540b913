import Foundation

/// How well the softmax of one row of logits tells the row's label, p_c = exp(z_c − max z) / Σ_j exp(z_j − max z), in
/// double precision.
struct ProbabilisticAnswer {
    /// −ln p_y in nats.
    let loss: Double
    /// Σ_c (p_c − y_c)², y_c being 1 for the label and 0 for the other classes.
    let squaredError: Double
    /// The largest probability. m equal logits that are far above all others give 1/m, correctly rounded.
    let confidence: Double
    /// 1 if the label alone has the largest logit, 1/m if it is one of m that have it, else 0.
    let correctness: Double

    init(_ scores: UnsafeBufferPointer<Float>, label: Int, correctness: Double) {
        let largest = Double(scores.reduce(-.infinity, max))
        let own = exp(Double(scores[label]) - largest)
        // Of the other classes alone, so that no digits cancel where p_y is near 1.
        var (others, squares) = (0.0, 0.0)
        for (index, score) in scores.enumerated() where index != label {
            let exponential = exp(Double(score) - largest)
            others += exponential
            squares += exponential * exponential
        }
        let sum = others + own
        loss = log(sum) - (Double(scores[label]) - largest)
        squaredError = (others * others + squares) / (sum * sum)
        confidence = 1 / sum
        self.correctness = correctness
    }
}

extension ProbabilisticAnswer {
    /// −ln p_y, p clipped as `Metrics.logLoss` says.
    var clippedLoss: Double { min(max(loss, Metrics.smallestLogLoss), Metrics.largestLogLoss) }
}

extension ScoreRows {
    /// The answer of every row; nil without rows, or with a NaN.
    var answers: [ProbabilisticAnswer]? {
        guard isDefined else { return nil }
        return (0..<count).map { row in
            let label = Int(labels[row])
            return ProbabilisticAnswer(
                self[row], label: label, correctness: chance(of: label, amongFirst: 1, row: row))
        }
    }
}

extension Metrics {
    /// Log-loss: −(1/n) Σ ln p_y, in nats.
    ///
    /// p is clipped to [ε, 1 − ε] with ε = 2⁻⁵², as scikit-learn does for float64, so that a certain wrong answer (k-NN
    /// without a vote for the label) costs 36.04 and not ∞. Ties and empty classes do not matter; a row of equal logits
    /// costs ln C.
    static func logLoss(_ answers: [ProbabilisticAnswer]) -> Double {
        answers.reduce(0) { $0 + $1.clippedLoss } / Double(answers.count)
    }

    /// The Brier score: (1/n) Σ_i Σ_c (p_ic − y_ic)²; one half of it for two classes and for yes or no, where it is then
    /// (1/n) Σ (p − y)² of the probability of yes (Brier 1950; scikit-learn's `brier_score_loss` with
    /// `scale_by_half="auto"`).
    ///
    /// 0 is perfect, 2 (two classes: 1) certain and wrong. Ties and empty classes do not matter; a row of equal logits
    /// costs 1 − 1/C (two classes: ¼).
    ///
    /// - Parameter classes: C.
    static func brierScore(_ answers: [ProbabilisticAnswer], classes: Int) -> Double {
        answers.reduce(0) { $0 + $1.squaredError } / Double(classes > 2 ? answers.count : 2 * answers.count)
    }

    /// The least that one sample costs, −ln(1 − 2⁻⁵²).
    static let smallestLogLoss = -log1p(-Double.ulpOfOne)
}
