/// True positives, false positives and false negatives of one class.
struct Confusion {
    var truePositives = 0
    var falsePositives = 0
    var falseNegatives = 0

    /// Samples of the class.
    var positives: Int { truePositives + falseNegatives }

    /// TP / (TP + FP); nil where the class is never predicted.
    var precision: Double? {
        truePositives + falsePositives == 0 ? nil : Double(truePositives) / Double(truePositives + falsePositives)
    }

    /// TP / (TP + FN); nil for a class without samples.
    var recall: Double? { positives == 0 ? nil : Double(truePositives) / Double(positives) }

    /// F1 = 2·TP / (2·TP + FP + FN); nil for a class without samples.
    var fMeasure: Double? {
        positives == 0
            ? nil : Double(2 * truePositives) / Double(2 * truePositives + falsePositives + falseNegatives)
    }

    static func + (first: Self, second: Self) -> Self {
        Confusion(
            truePositives: first.truePositives + second.truePositives,
            falsePositives: first.falsePositives + second.falsePositives,
            falseNegatives: first.falseNegatives + second.falseNegatives)
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
/// Ties: for single-label classification the lowest index is the prediction. NaN: undefined.
extension Metrics {
    /// Single-label counts: the class of the largest score is predicted.
    static func confusions(_ rows: ScoreRows) -> [Confusion]? {
        guard rows.isDefined else { return nil }
        var counts = [Confusion](repeating: Confusion(), count: rows.classes)
        for row in 0..<rows.count {
            let scores = rows[row]
            let label = Int(rows.labels[row])
            var predicted = 0
            for index in 1..<max(1, scores.count) where scores[index] > scores[predicted] { predicted = index }
            if predicted == label {
                counts[label].truePositives += 1
            } else {
                counts[predicted].falsePositives += 1
                counts[label].falseNegatives += 1
            }
        }
        return counts
    }

    /// Multi-label counts: what scores above the threshold is predicted; a score at the threshold is not.
    static func confusions(_ rows: IndicatorRows, threshold: Float) -> [Confusion]? {
        guard rows.isDefined else { return nil }
        var counts = [Confusion](repeating: Confusion(), count: rows.classes)
        for (index, score) in rows.scores.enumerated() {
            switch (score > threshold, rows.indicators[index] == 1) {
            case (true, true): counts[index % rows.classes].truePositives += 1
            case (true, false): counts[index % rows.classes].falsePositives += 1
            case (false, true): counts[index % rows.classes].falseNegatives += 1
            case (false, false): break
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
