import Foundation

/// How often each class occurs, and what a prediction scores that knows no more.
struct ClassShares {
    let counts: [Int]
    private let rows: Double

    init(_ labels: [Int32], classes: Int) {
        var counts = [Int](repeating: 0, count: classes)
        for label in labels { counts[Int(label)] += 1 }
        (self.counts, rows) = (counts, Double(labels.count))
    }

    private var shares: [Double] { counts.filter { $0 > 0 }.map { Double($0) / rows } }

    func chance(of metric: String) -> Double? {
        if metric.hasPrefix("top"), let k = Int(metric.dropFirst(3)), k > 0 {
            return Double(counts.sorted(by: >).prefix(k).reduce(0, +)) / rows
        }
        if let value = Metrics.ofConfusions[metric] { return value(confusions) }
        // Of one class there is no negative to be ordered.
        let hasRest = shares.count > 1
        return switch metric {
        case "macro-average-precision": mean(shares)
        case "weighted-average-precision": shares.reduce(0) { $0 + $1 * $1 }
        case "macro-roc-auc", "weighted-roc-auc": hasRest ? 0.5 : nil
        case "log-loss": shares.reduce(0) { $0 - $1 * log($1) }
        case "brier-score": (1 - shares.reduce(0) { $0 + $1 * $1 }) / (counts.count > 2 ? 1 : 2)
        default: nil
        }
    }

    /// The largest class is predicted, each by its part where several are the largest.
    private var confusions: [Confusion] {
        let largest = counts.max() ?? 0
        let ties = Double(counts.count { $0 == largest })
        return counts.map { count in
            count == largest
                ? Confusion(positives: count, predicted: rows / ties, truePositives: Double(count) / ties)
                : Confusion(positives: count)
        }
    }
}

/// How often the answer is yes.
struct AnswerShare {
    private let positives: Int
    private let rows: Double

    init(_ labels: [Int32]) { (positives, rows) = (labels.count { $0 == 1 }, Double(labels.count)) }

    func chance(of metric: String) -> Double? {
        let share = Double(positives) / rows
        let both = ClassShares([Int32](repeating: 1, count: positives) + zeros, classes: 2)
        return switch metric {
        case "average-precision": positives > 0 ? share : nil
        case "roc-auc": positives > 0 && share < 1 ? 0.5 : nil
        case "accuracy": max(share, 1 - share)
        case "f1": Confusion.constant(positives: positives, rows: Int(rows)).fMeasure
        case "log-loss", "brier-score": both.chance(of: metric)
        default: nil
        }
    }

    private var zeros: [Int32] { [Int32](repeating: 0, count: Int(rows) - positives) }
}

/// How often each label occurs.
struct LabelShares {
    let counts: [Int]
    private let indicators: [UInt8]

    init(_ indicators: [UInt8], classes: Int) {
        var counts = [Int](repeating: 0, count: classes)
        for (place, indicator) in indicators.enumerated() where indicator == 1 { counts[place % classes] += 1 }
        (self.counts, self.indicators) = (counts, indicators)
    }

    private var rows: Int { indicators.count / counts.count }

    func chance(of metric: String) -> Double? {
        let shares = counts.map { $0 > 0 ? Double($0) / Double(rows) : nil }
        let confusions = counts.map { Confusion.constant(positives: $0, rows: rows) }
        let areas = counts.map { $0 > 0 && $0 < rows ? 0.5 : nil }
        return switch metric {
        case "macro-average-precision": mean(shares)
        case "weighted-average-precision": weightedMean(shares, weights: counts)
        case "micro-average-precision": Metrics.averagePrecision(ThresholdSweep(cells))
        case "sample-average-precision":
            mean((0..<rows).map { Metrics.averagePrecision(ThresholdSweep(cells(of: $0))) })
        case "macro-roc-auc": mean(areas)
        case "weighted-roc-auc": weightedMean(areas, weights: counts)
        case "macro-f1": Metrics.macroFMeasure(confusions)
        case "micro-f1": Metrics.microFMeasure(confusions)
        case "weighted-f1": Metrics.weightedFMeasure(confusions)
        default: nil
        }
    }

    /// Every cell with its label's count as the score; counts beyond 2²⁴ tie with their neighbours.
    private var cells: some Sequence<(Float, Bool)> {
        indicators.indices.lazy.map { (Float(counts[$0 % counts.count]), indicators[$0] == 1) }
    }

    private func cells(of row: Int) -> some Sequence<(Float, Bool)> {
        counts.indices.lazy.map { (Float(counts[$0]), indicators[row * counts.count + $0] == 1) }
    }
}

extension Confusion {
    /// Yes is predicted for all rows where most are positives, for half of them where half are.
    static func constant(positives: Int, rows: Int) -> Confusion {
        let weight = 2 * positives > rows ? 1 : 2 * positives == rows ? 0.5 : 0
        return Confusion(
            positives: positives, predicted: weight * Double(rows), truePositives: weight * Double(positives))
    }
}
