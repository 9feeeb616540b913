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
        if let value = Metrics.ofConfusions[metric] {
            return [confusions, guesses].compactMap { value($0) }.max()
        }
        // Of one class there is no negative to be ordered.
        let hasRest = shares.count > 1
        return switch metric {
        case "macro-average-precision": mean(areas)
        case "weighted-average-precision": weightedMean(areas, weights: counts)
        case "macro-roc-auc", "weighted-roc-auc": hasRest ? 0.5 : nil
        case "log-loss": shares.reduce(0) { $0 - $1 * log($1) }
        case "brier-score": (1 - shares.reduce(0) { $0 + $1 * $1 }) / (counts.count > 2 ? 1 : 2)
        default: nil
        }
    }

    /// Of random orders of each class against the rest.
    private var areas: [Double?] {
        counts.map { Metrics.expectedAveragePrecision([(rows: Int(rows), positives: $0)]) }
    }

    /// Every row is guessed by the shares.
    private var guesses: [Confusion] {
        counts.map { count in
            Confusion(
                positives: count, predicted: Double(count), truePositives: Double(count) * Double(count) / rows)
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
        case "average-precision": Metrics.expectedAveragePrecision([(rows: Int(rows), positives: positives)])
        case "roc-auc": positives > 0 && share < 1 ? 0.5 : nil
        case "accuracy": max(share, 1 - share)
        case "f1": Confusion.always(positives: positives, rows: Int(rows)).fMeasure
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
        let precisions = counts.map { Metrics.expectedAveragePrecision([(rows: rows, positives: $0)]) }
        let areas = counts.map { $0 > 0 && $0 < rows ? 0.5 : nil }
        return switch metric {
        case "macro-average-precision": mean(precisions)
        case "weighted-average-precision": weightedMean(precisions, weights: counts)
        case "micro-average-precision": Metrics.expectedAveragePrecision(blocks)
        case "sample-average-precision":
            mean((0..<rows).map { Metrics.expectedAveragePrecision(blocks(of: $0)) })
        case "macro-roc-auc": mean(areas)
        case "weighted-roc-auc": weightedMean(areas, weights: counts)
        case "macro-f1": best { Metrics.macroFMeasure($0) }
        case "micro-f1": best { Metrics.microFMeasure($0) }
        case "weighted-f1": best { Metrics.weightedFMeasure($0) }
        default: nil
        }
    }

    /// Labels by falling prevalence, equally frequent ones together.
    private var ranking: [[Int]] {
        Dictionary(grouping: counts.indices) { counts[$0] }.sorted { $0.key > $1.key }.map(\.value)
    }

    private var blocks: [(rows: Int, positives: Int)] {
        ranking.map { labels in (labels.count * rows, labels.reduce(0) { $0 + counts[$1] }) }
    }

    private func blocks(of row: Int) -> [(rows: Int, positives: Int)] {
        ranking.map { labels in
            (labels.count, labels.count { indicators[row * counts.count + $0] == 1 })
        }
    }

    /// Of yes and no by prevalence, and of yes to all, whichever scores more.
    private func best(_ value: ([Confusion]) -> Double?) -> Double? {
        let likelier = counts.map { Confusion.constant(positives: $0, rows: rows) }
        let always = counts.map { Confusion.always(positives: $0, rows: rows) }
        return [likelier, always].compactMap(value).max()
    }
}

extension Confusion {
    /// Yes is predicted for all rows where most are positives, for half of them where half are.
    static func constant(positives: Int, rows: Int) -> Confusion {
        let weight = 2 * positives > rows ? 1 : 2 * positives == rows ? 0.5 : 0
        return Confusion(
            positives: positives, predicted: weight * Double(rows), truePositives: weight * Double(positives))
    }

    /// Yes is predicted for all rows: no answer that knows nothing has a larger F1.
    static func always(positives: Int, rows: Int) -> Confusion {
        Confusion(positives: positives, predicted: Double(rows), truePositives: Double(positives))
    }
}
