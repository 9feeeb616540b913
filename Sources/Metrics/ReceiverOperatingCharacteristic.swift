/// Area under the receiver operating characteristic: P(s⁺ > s⁻) + ½·P(s⁺ = s⁻) of a random positive and a random
/// negative (the trapezoid rule).
///
/// Ties count one half; a constant prediction scores 0.5. Without a positive or without a negative it is undefined, and
/// such a class takes no part in a mean over classes (scikit-learn 1.9 returns NaN, which makes the mean NaN;
/// torchmetrics counts it as 0). NaN: undefined.
extension Metrics {
    /// The area of one question.
    static func areaUnderCurve(_ sweep: ThresholdSweep) -> Double? {
        guard sweep.positives > 0, sweep.negatives > 0 else { return nil }
        // Twice the number of pairs in the right order, ties as one half: an integer, so exact.
        var twice = 0
        var reached = ThresholdSweep.Step(truePositives: 0, falsePositives: 0)
        for step in sweep.steps {
            twice += (step.falsePositives - reached.falsePositives) * (step.truePositives + reached.truePositives)
            reached = step
        }
        return Double(twice) / 2 / Double(sweep.positives) / Double(sweep.negatives)
    }

    /// The area of every class, nil where a class has no positive or no negative.
    static func areasUnderCurve(_ rows: IndicatorRows) -> [Double?] {
        guard rows.isDefined else { return Array(repeating: nil, count: rows.classes) }
        return (0..<rows.classes).map { areaUnderCurve(rows.column($0)) }
    }
}
