extension Prediction {
    /// The parts of a metric that is a mean over samples, one a sample in their order; nil if it is undefined, or is no
    /// such mean. Top-k accuracy, log-loss and Brier score are.
    package func sampleValues(of name: String) -> [Double]? {
        switch truth {
        case .classes(let labels):
            scores.withUnsafeBufferPointer { buffer in
                Metrics.sampleValues(of: name, ScoreRows(buffer, classes: classes(labels), labels: labels))
            }
        case .answers(let labels):
            // The sigmoid of s is the softmax of (0, s).
            scores.flatMap { [0, $0] }.withUnsafeBufferPointer {
                Metrics.sampleValues(of: name, ScoreRows($0, classes: 2, labels: labels))
            }
        case .indicators, .relevance, .order, .values: nil
        }
    }
}

extension Metrics {
    /// Means over samples have their standard error: s/√n, s the standard deviation of the differences.
    ///
    /// - Parameters:
    ///   - values: Of n samples; of the same ones are the others.
    /// - Returns: Nil for fewer than two samples.
    package static func standardError(of values: [Double], less others: [Double]) -> Double? {
        let count = Double(values.count)
        guard values.count == others.count, count > 1 else { return nil }
        let differences = zip(values, others).map { $0 - $1 }
        let mean = differences.reduce(0, +) / count
        let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / (count - 1) / count).squareRoot()
    }

    fileprivate static func sampleValues(of name: String, _ rows: ScoreRows) -> [Double]? {
        if name.hasPrefix("top"), let k = Int(name.dropFirst(3)), k > 0 {
            guard rows.isDefined else { return nil }
            return (0..<rows.count).map { rows.chance(of: Int(rows.labels[$0]), amongFirst: k, row: $0) }
        }
        switch name {
        case "log-loss": return rows.answers?.map(\.clippedLoss)
        case "brier-score": return rows.answers?.map { $0.squaredError / (rows.classes > 2 ? 1 : 2) }
        default: return nil
        }
    }
}
