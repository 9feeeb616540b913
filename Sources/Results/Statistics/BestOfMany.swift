/// The score of the best of many rows, corrected for selection bias.
///
/// The largest of many means is biased upwards. The bootstrap bias correction chooses the best row on the cases that a
/// bootstrap sample holds, scores that row on the cases that the sample leaves out, and takes the mean over samples
/// (BBC-CV, Tsamardinos et al., "Bootstrapping the out-of-sample predictions for efficient and accurate
/// cross-validation", Machine Learning 107, 2018).
///
/// Over folds instead of pooled samples the choice is made on about 63 % of the folds, so the correction errs towards
/// caution. Ties go to the row that comes first.
package struct BestOfMany: Codable, Hashable, Sendable {
    /// The row with the best mean.
    package let row: Int
    /// That mean, optimistic.
    package let naive: Double
    /// The corrected mean.
    package let corrected: Double
    /// The 95 % percentile interval of the corrected mean.
    package let interval: ClosedRange<Double>
    /// For each row, the share of bootstrap samples that chose it.
    package let chosenShare: [Double]

    /// - Parameters:
    ///   - values: `[rows][cases]`, the metric of each row on each case, the same cases in every row.
    ///   - greaterIsBetter: The metric's direction.
    /// - Returns: Nil without rows, for fewer than two cases, or if no bootstrap sample leaves out a case.
    package init?(_ values: [[Double]], greaterIsBetter: Bool, _ resamples: Resamples) {
        guard let cases = values.first?.count, cases > 1 else { return nil }
        precondition(values.allSatisfy { $0.count == cases }, "Every row has a value for every case.")
        let oriented = CaseColumns(values.map { row in row.map { greaterIsBetter ? $0 : -$0 } })
        let winner = firstLargest(oriented.weightedSums(Array(repeating: 1, count: cases)))
        let found = mean(of: values[winner], at: Array(0..<cases))
        var (scores, winnersScores): ([Double], [Double]) = ([], [])
        var chosen = [Int](repeating: 0, count: values.count)
        // What a sample chooses depends on how often it holds each case, not on the order of its draws.
        var choices: [[Double]: Int] = [:]
        for draw in resamples.draws {
            let weights = multiplicity(of: draw, cases: cases)
            let outside = weights.indices.filter { weights[$0] == 0 }
            guard !outside.isEmpty else { continue }
            let row = choices[weights] ?? firstLargest(oriented.weightedSums(weights))
            choices[weights] = row
            chosen[row] += 1
            scores.append(mean(of: values[row], at: outside))
            winnersScores.append(mean(of: values[winner], at: outside))
        }
        guard !scores.isEmpty else { return nil }
        row = winner
        naive = found
        // Control variate: over all samples the best row's out-of-sample mean equals its mean. A thousand samples miss
        // it by a deviation that the score shares, so it is subtracted. A row that every sample chooses keeps its mean.
        let chance = winnersScores.reduce(0, +) / Double(scores.count) - found
        corrected = scores.reduce(0, +) / Double(scores.count) - chance
        let ascending = scores.sorted()
        interval = quantile(0.025, of: ascending)...quantile(0.975, of: ascending)
        chosenShare = chosen.map { Double($0) / Double(scores.count) }
    }
}

private func firstLargest(_ values: [Double]) -> Int {
    values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
}
