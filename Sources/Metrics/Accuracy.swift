extension Metrics {
    /// Top-k accuracy: the share of samples whose label is among the k largest scores.
    ///
    /// Ties: the lowest index wins, so a label is among the k exactly when fewer than k classes score higher, or equal
    /// with a lower index (NumPy's and PyTorch's arg-max; scikit-learn's `top_k_accuracy_score` favours the highest).
    /// Empty classes do not matter. k ≥ C gives 1. Undefined without samples, or with a NaN.
    static func topAccuracy(_ k: Int, _ rows: ScoreRows) -> Double? {
        guard rows.isDefined else { return nil }
        let correct = (0..<rows.count).count { rank(of: Int(rows.labels[$0]), in: rows[$0]) < k }
        return Double(correct) / Double(rows.count)
    }

    /// Balanced accuracy: the mean, over the classes that have samples, of the share of a class's samples whose largest
    /// score is that class.
    ///
    /// Ties: the lowest index wins. Empty classes take no part, even where they are predicted (scikit-learn's rule;
    /// torchmetrics' macro accuracy counts a class that is only predicted as recall 0). A constant prediction scores
    /// one over the number of classes present. Undefined without samples, or with a NaN.
    static func balancedAccuracy(_ rows: ScoreRows) -> Double? {
        guard rows.isDefined else { return nil }
        var samples = [Int](repeating: 0, count: rows.classes)
        var correct = [Int](repeating: 0, count: rows.classes)
        for row in 0..<rows.count {
            let label = Int(rows.labels[row])
            samples[label] += 1
            if rank(of: label, in: rows[row]) == 0 { correct[label] += 1 }
        }
        let present = (0..<rows.classes).filter { samples[$0] > 0 }
        return present.reduce(0) { $0 + Double(correct[$1]) / Double(samples[$1]) } / Double(present.count)
    }

    /// The number of classes that precede `label` in descending order of score, equal scores in order of index.
    private static func rank(of label: Int, in scores: UnsafeBufferPointer<Float>) -> Int {
        let own = scores[label]
        var rank = 0
        for index in 0..<scores.count where scores[index] > own || (scores[index] == own && index < label) {
            rank += 1
        }
        return rank
    }
}
