/// A view of scores of yes-or-no questions with their answers: `[n, C]` row-major, C = 1 for a binary task.
struct IndicatorRows {
    let classes: Int
    let scores: [Float]
    /// 1 for yes, 0 for no.
    let indicators: [UInt8]
    /// Whether there is a sample, and no score is NaN or +∞.
    let isDefined: Bool

    init(_ scores: [Float], classes: Int, indicators: [UInt8]) {
        precondition(classes > 0, "Scores have one class or more, not \(classes).")
        precondition(
            scores.count == indicators.count && scores.count.isMultiple(of: classes),
            "Scores and indicators [n, \(classes)] have as many elements, not \(scores.count) and \(indicators.count).")
        precondition(indicators.allSatisfy { $0 <= 1 }, "An indicator is 0 or 1.")
        self.classes = classes
        self.scores = scores
        self.indicators = indicators
        isDefined = !scores.isEmpty && scores.allSatisfy { $0 < .infinity }
    }

    var count: Int { scores.count / classes }

    /// One class over all samples.
    func column(_ index: Int) -> ThresholdSweep {
        ThresholdSweep(stride(from: index, to: scores.count, by: classes).map { (scores[$0], indicators[$0] == 1) })
    }

    /// One sample over all classes.
    func row(_ index: Int) -> ThresholdSweep {
        ThresholdSweep((index * classes..<(index + 1) * classes).map { (scores[$0], indicators[$0] == 1) })
    }

    /// Every cell as one question.
    var flattened: ThresholdSweep { ThresholdSweep(zip(scores, indicators).map { ($0, $1 == 1) }) }
}

/// The mean of the defined values; nil if there are none.
func mean(_ values: [Double?]) -> Double? {
    let defined = values.compactMap { $0 }
    return defined.isEmpty ? nil : defined.reduce(0, +) / Double(defined.count)
}

/// Σ w·v / Σ w over the values that are defined; nil where their weights sum to 0.
func weightedMean(_ values: [Double?], weights: [Int]) -> Double? {
    var (sum, total) = (0.0, 0)
    for case (let value?, let weight) in zip(values, weights) {
        sum += value * Double(weight)
        total += weight
    }
    return total == 0 ? nil : sum / Double(total)
}
