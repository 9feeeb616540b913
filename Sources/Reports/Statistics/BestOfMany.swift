/// What the best of many rows is worth, with the bias of having chosen it taken out.
///
/// The largest of many means is too large by construction: part of what made it the largest is luck of these folds. The
/// bootstrap bias correction chooses the best row on the cases that a bootstrap sample holds, scores that row on the
/// cases that the sample leaves out, and takes the mean over samples (BBC-CV, Tsamardinos et al., "Bootstrapping the
/// out-of-sample predictions for efficient and accurate cross-validation", Machine Learning 107, 2018).
///
/// Over folds instead of pooled samples the choice is made on about 63 % of the folds, so the correction errs towards
/// caution. Ties go to the row that comes first.
public struct BestOfMany: Codable, Hashable, Sendable {
    /// The row with the best mean.
    public let row: Int
    /// That mean, optimistic.
    public let naive: Double
    /// The corrected figure.
    public let corrected: Double
    /// The 95 % percentile interval of the corrected figure.
    public let interval: ClosedRange<Double>
    /// For each row, the share of bootstrap samples that chose it.
    public let chosenShare: [Double]

    /// - Parameters:
    ///   - values: `[rows][cases]`, the metric of each row on each case, the same cases in every row.
    ///   - greaterIsBetter: The metric's direction.
    /// - Returns: Nil without rows, for fewer than two cases, or if no bootstrap sample leaves out a case.
    public init?(_ values: [[Double]], greaterIsBetter: Bool, _ resamples: Resamples) {
        guard let cases = values.first?.count, cases > 1 else { return nil }
        precondition(values.allSatisfy { $0.count == cases }, "Every row has a value for every case.")
        func best(on indices: [Int]) -> Int {
            let means = values.map { mean(of: $0, at: indices) }
            return means.indices.reduce(0) { best, row in
                (greaterIsBetter ? means[row] > means[best] : means[row] < means[best]) ? row : best
            }
        }
        var scores: [Double] = []
        var chosen = [Int](repeating: 0, count: values.count)
        for draw in resamples.draws {
            let inside = Set(draw)
            let outside = (0..<cases).filter { !inside.contains($0) }
            guard !outside.isEmpty else { continue }
            let row = best(on: draw)
            chosen[row] += 1
            scores.append(mean(of: values[row], at: outside))
        }
        guard !scores.isEmpty else { return nil }
        row = best(on: Array(0..<cases))
        naive = mean(of: values[row], at: Array(0..<cases))
        corrected = scores.reduce(0, +) / Double(scores.count)
        let ascending = scores.sorted()
        interval = quantile(0.025, of: ascending)...quantile(0.975, of: ascending)
        chosenShare = chosen.map { Double($0) / Double(scores.count) }
    }
}
