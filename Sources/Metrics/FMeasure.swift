/// How one class was predicted. Where equal scores leave a prediction open, its classes share it, so that counts of
/// predictions need not be whole.
struct Confusion {
    /// Samples of the class.
    var positives = 0
    /// Samples that are predicted as the class, rightly (TP) or not.
    var predicted = 0.0
    /// Samples of the class that are predicted as it.
    var truePositives = 0.0

    /// TP / (TP + FP); nil where the class is never predicted.
    var precision: Double? { predicted == 0 ? nil : truePositives / predicted }

    /// TP / (TP + FN); nil for a class without samples.
    var recall: Double? { positives == 0 ? nil : truePositives / Double(positives) }

    /// F1 = 2·TP / (2·TP + FP + FN); nil for a class without samples.
    var fMeasure: Double? { positives == 0 ? nil : 2 * truePositives / (predicted + Double(positives)) }

    /// Adds an answer of the given weight.
    mutating func add(isPositive: Bool, weight: Double) {
        predicted += weight
        if isPositive { truePositives += weight }
    }

    static func + (first: Self, second: Self) -> Self {
        Confusion(
            positives: first.positives + second.positives, predicted: first.predicted + second.predicted,
            truePositives: first.truePositives + second.truePositives)
    }
}

/// F1, the harmonic mean of precision and recall, per class and as means over classes.
///
/// Macro is the plain mean over the classes that have samples, weighted the mean with the numbers of samples as
/// weights, micro the F1 of the summed counts. A class that is only predicted takes no part in macro (scikit-learn over
/// `labels` = the classes present; its default counts such a class as 0) but its false positives count in micro. A
/// class that is never predicted scores 0. Micro F1 of single-label classification is top-1 accuracy, and has no other
/// name.
///
/// Ties: where m classes have the largest score of a row, each is predicted by 1/m; of yes and no at the threshold,
/// each by one half. F1 is then that of the expected counts. (scikit-learn and torchmetrics predict the lowest index,
/// and no at the threshold.) NaN: undefined.
extension Metrics {
    /// Single-label counts: the class of the largest score is predicted.
    static func confusions(_ rows: ScoreRows) -> [Confusion]? {
        guard rows.isDefined else { return nil }
        var counts = [Confusion](repeating: Confusion(), count: rows.classes)
        for row in 0..<rows.count {
            let label = Int(rows.labels[row])
            let top = rows.topClasses(row: row)
            counts[label].positives += 1
            for predicted in top {
                counts[predicted].add(isPositive: predicted == label, weight: 1 / Double(top.count))
            }
        }
        return counts
    }

    /// Multi-label counts: what scores above the threshold is predicted, and what scores at it by one half.
    static func confusions(_ rows: IndicatorRows, threshold: Float) -> [Confusion]? {
        guard rows.isDefined else { return nil }
        var counts = [Confusion](repeating: Confusion(), count: rows.classes)
        for (index, score) in rows.scores.enumerated() {
            let isPositive = rows.indicators[index] == 1
            if isPositive { counts[index % rows.classes].positives += 1 }
            if score >= threshold {
                counts[index % rows.classes].add(isPositive: isPositive, weight: score > threshold ? 1 : 0.5)
            }
        }
        return counts
    }

    static func macroFMeasure(_ counts: [Confusion]) -> Double? { mean(counts.map(\.fMeasure)) }

    static func weightedFMeasure(_ counts: [Confusion]) -> Double? {
        weightedMean(counts.map(\.fMeasure), weights: counts.map(\.positives))
    }

    static func microFMeasure(_ counts: [Confusion]) -> Double? { counts.reduce(Confusion(), +).fMeasure }
}
