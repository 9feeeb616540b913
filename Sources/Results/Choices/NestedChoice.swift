/// Estimates the score of choosing among rows without using the test folds.
///
/// In every fold the row is chosen by its best score on the inner split of the training fold, and scored on the test
/// fold. The mean over folds is an unbiased estimate of "train all of these, keep the one that the inner split
/// prefers", as in nested cross-validation (Varma and Simon, "Bias in error estimation when using cross-validation for
/// model selection", BMC Bioinformatics 7, 2006). Folds may choose different rows. Rows with equal inner scores share
/// the choice, so that the result does not depend on the order of rows.
package struct NestedChoice: Codable, Hashable, Sendable {
    /// Of the chosen rows' test scores.
    package let estimate: FoldEstimate
    /// For each row, the number of folds that chose it, a fold in which t rows tie counting 1/t for each.
    package let timesChosen: [Double]

    /// - Parameters:
    ///   - inner: `[rows][folds]`, the score of its choice on the inner split; nil where the unit had none.
    ///   - test: `[rows][folds]`, the score on the test fold.
    ///   - folds: k.
    /// - Returns: Nil without rows or folds, and where a fold has a row without an inner score.
    package init?(inner: [[Double?]], test: [[Double]], folds: Int, greaterIsBetter: Bool) {
        guard let count = test.first?.count, count > 0, inner.count == test.count else { return nil }
        var timesChosen = [Double](repeating: 0, count: test.count)
        var scores: [Double] = []
        for fold in 0..<count {
            let candidates = inner.compactMap { $0[fold] }
            guard candidates.count == inner.count else { return nil }
            let best = greaterIsBetter ? candidates.max() : candidates.min()
            let chosen = candidates.indices.filter { candidates[$0] == best }
            for row in chosen { timesChosen[row] += 1 / Double(chosen.count) }
            scores.append(chosen.reduce(0) { $0 + test[$1][fold] } / Double(chosen.count))
        }
        guard let estimate = FoldEstimate(scores, folds: folds) else { return nil }
        self.estimate = estimate
        self.timesChosen = timesChosen
    }
}
