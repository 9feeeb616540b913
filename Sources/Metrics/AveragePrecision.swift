/// Average precision, AP = Σ_n (R_n − R_{n−1})·P_n over the distinct thresholds in decreasing order: the area under the
/// precision–recall steps, without interpolation (scikit-learn's definition).
///
/// Ties: equal scores are added together. A constant prediction scores the prevalence, all positives score 1. Without a
/// positive AP is undefined, where scikit-learn and torchmetrics warn and give 0; such classes therefore take no part
/// in a mean over classes, and their number is reported beside it (`classes-without-positives`). NaN: undefined.
extension Metrics {
    /// AP of one question.
    static func averagePrecision(_ sweep: ThresholdSweep) -> Double? {
        guard sweep.positives > 0 else { return nil }
        var (sum, reached) = (0.0, 0)
        for step in sweep.steps where step.truePositives > reached {
            let precision = Double(step.truePositives) / Double(step.truePositives + step.falsePositives)
            sum += Double(step.truePositives - reached) * precision
            reached = step.truePositives
        }
        return sum / Double(sweep.positives)
    }

    /// The AP of every class, nil for a class without positives.
    static func averagePrecisions(_ rows: IndicatorRows) -> [Double?] {
        guard rows.isDefined else { return Array(repeating: nil, count: rows.classes) }
        return (0..<rows.classes).map { averagePrecision(rows.column($0)) }
    }

    /// Micro AP: one AP over all n·C cells. Classes without positives are included, as negatives.
    static func microAveragePrecision(_ rows: IndicatorRows) -> Double? {
        rows.isDefined ? averagePrecision(rows.flattened) : nil
    }

    /// Sample-wise AP: the mean of each sample's AP over its classes. Samples without a positive take no part, where
    /// scikit-learn counts them as 0; their number is reported beside it (`samples-without-positives`).
    static func sampleAveragePrecision(_ rows: IndicatorRows) -> Double? {
        guard rows.isDefined else { return nil }
        return mean((0..<rows.count).map { averagePrecision(rows.row($0)) })
    }
}
