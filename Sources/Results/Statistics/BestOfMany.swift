/// The score of the best of many rows, corrected for selection bias.
///
/// The largest of many means is biased upwards. The bootstrap bias correction chooses the best row on the cases that a
/// bootstrap sample holds, scores that row on the cases that the sample leaves out, and takes the mean over samples
/// (BBC-CV, Tsamardinos et al., "Bootstrapping the out-of-sample predictions for efficient and accurate
/// cross-validation", Machine Learning 107, 2018).
///
/// Over folds instead of pooled samples the choice is made on about 63 % of the folds, so the correction errs towards
/// caution. Rows that tie share the choice, so that the result does not depend on the order of rows.
package struct BestOfMany: Codable, Hashable, Sendable {
    /// The row with the best mean, the first of several.
    package let row: Int
    /// That mean, optimistic.
    package let naive: Double
    /// The corrected mean.
    package let corrected: Double
    /// The 95 % percentile interval of the corrected mean.
    package let interval: ClosedRange<Double>
    /// For each row, the share of bootstrap samples that chose it, a sample in which t rows tie counting 1/t for each.
    package let chosenShare: [Double]

    /// - Parameters:
    ///   - values: `[rows][cases]`, the metric of each row on each case, the same cases in every row.
    ///   - greaterIsBetter: The metric's direction.
    /// - Returns: Nil without rows, for fewer than two cases, or if no bootstrap sample leaves out a case.
    package init?(_ values: [[Double]], greaterIsBetter: Bool, _ resamples: Resamples) {
        guard let cases = values.first?.count, cases > 1 else { return nil }
        precondition(values.allSatisfy { $0.count == cases }, "Every row has a value for every case.")
        let oriented = CaseColumns(values.map { row in row.map { greaterIsBetter ? $0 : -$0 } })
        let winners = largest(oriented.weightedSums(Array(repeating: 1, count: cases)))
        let found = mean(of: values[winners[0]], at: Array(0..<cases))
        var (scores, winnersScores): ([Double], [Double]) = ([], [])
        var chosen = [Double](repeating: 0, count: values.count)
        // What a sample chooses depends on how often it holds each case, not on the order of its draws.
        var choices: [[Double]: [Int]] = [:]
        func average(of rows: [Int], at places: [Int]) -> Double {
            rows.reduce(0) { $0 + mean(of: values[$1], at: places) } / Double(rows.count)
        }
        for draw in resamples.draws {
            let weights = multiplicity(of: draw, cases: cases)
            let outside = weights.indices.filter { weights[$0] == 0 }
            guard !outside.isEmpty else { continue }
            let rows = choices[weights] ?? largest(oriented.weightedSums(weights))
            choices[weights] = rows
            for row in rows { chosen[row] += 1 / Double(rows.count) }
            scores.append(average(of: rows, at: outside))
            winnersScores.append(average(of: winners, at: outside))
        }
        guard !scores.isEmpty else { return nil }
        row = winners[0]
        naive = found
        // Control variate: over all samples the best row's out-of-sample mean equals its mean. A thousand samples miss
        // it by a deviation that the score shares, so it is subtracted. A row that every sample chooses keeps its mean.
        let chance = winnersScores.reduce(0, +) / Double(scores.count) - found
        corrected = scores.reduce(0, +) / Double(scores.count) - chance
        let ascending = scores.sorted()
        interval = quantile(0.025, of: ascending)...quantile(0.975, of: ascending)
        chosenShare = chosen.map { $0 / Double(scores.count) }
    }
}

/// Where the largest value stands, rising.
private func largest(_ values: [Double]) -> [Int] {
    let largest = values.max()
    return values.indices.filter { values[$0] == largest }
}
