extension Metrics {
    /// Top-k accuracy: the share of samples whose label is among the k largest scores.
    ///
    /// Ties, in expectation: with a scores above the label's and m equal to it, its own included, the sample counts
    /// min(max(k − a, 0), m)/m, the chance that a random order of equal scores puts the label among the first k.
    /// (NumPy's and PyTorch's arg-max favour the lowest index, scikit-learn's `top_k_accuracy_score` the highest.)
    /// Empty classes do not matter. A constant prediction scores k/C, k ≥ C gives 1. Undefined without samples, or with
    /// a NaN.
    static func topAccuracy(_ k: Int, _ rows: ScoreRows) -> Double? {
        guard rows.isDefined else { return nil }
        let correct = (0..<rows.count).reduce(0.0) {
            $0 + rows.chance(of: Int(rows.labels[$1]), amongFirst: k, row: $1)
        }
        return correct / Double(rows.count)
    }

    /// Balanced accuracy: the mean, over the classes that have samples, of the share of a class's samples whose largest
    /// score is that class.
    ///
    /// Ties, in expectation: where m scores are the largest, each of their classes is predicted by 1/m. Empty classes
    /// take no part, even where they are predicted (scikit-learn's rule; torchmetrics' macro accuracy counts a class
    /// that is only predicted as recall 0). A constant prediction scores 1/C where all scores of a row are equal, and
    /// one over the number of classes present where one of them is always the largest. Undefined without samples, or
    /// with a NaN.
    static func balancedAccuracy(_ counts: [Confusion]) -> Double? { mean(counts.map(\.recall)) }
}

extension ScoreRows {
    /// The chance that a label is among the first k classes of a row, equal scores being in random order.
    func chance(of label: Int, amongFirst k: Int, row: Int) -> Double {
        let scores = self[row]
        let own = scores[label]
        var (above, equal) = (0, 0)
        for score in scores {
            if score > own { above += 1 }
            if score == own { equal += 1 }
        }
        return Double(min(max(k - above, 0), equal)) / Double(equal)
    }

    /// The classes that have the largest score of a row, ascending.
    func topClasses(row: Int) -> [Int] {
        let scores = self[row]
        var (largest, classes) = (-Float.infinity, [Int]())
        for (index, score) in scores.enumerated() where score >= largest {
            if score > largest { classes.removeAll(keepingCapacity: true) }
            largest = score
            classes.append(index)
        }
        return classes
    }
}
