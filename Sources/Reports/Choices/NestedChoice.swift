/// What choosing among rows is worth when no test fold has a say in it.
///
/// In every fold the row is chosen by its best score on the inner split of the training fold, and scored on the test
/// fold. The mean over folds is an unbiased estimate of "train all of these, keep the one that the inner split prefers",
/// as in nested cross-validation (Varma and Simon, "Bias in error estimation when using cross-validation for model
/// selection", BMC Bioinformatics 7, 2006). Folds may choose different rows. Of equal inner scores the first row's is
/// taken.
public struct NestedChoice: Codable, Hashable, Sendable {
    /// Of the chosen rows' test scores.
    public let estimate: FoldEstimate
    /// For each row, the number of folds that chose it.
    public let timesChosen: [Int]

    /// - Parameters:
    ///   - inner: `[rows][folds]`, the best score on the inner split; nil where the unit had none.
    ///   - test: `[rows][folds]`, the score on the test fold.
    ///   - folds: k.
    /// - Returns: Nil without rows or folds, and where a fold has a row without an inner score.
    public init?(inner: [[Double?]], test: [[Double]], folds: Int, greaterIsBetter: Bool) {
        guard let count = test.first?.count, count > 0, inner.count == test.count else { return nil }
        var timesChosen = [Int](repeating: 0, count: test.count)
        var scores: [Double] = []
        for fold in 0..<count {
            let candidates = inner.compactMap { $0[fold] }
            guard candidates.count == inner.count else { return nil }
            let chosen = candidates.indices.reduce(0) { best, row in
                let isBetter =
                    greaterIsBetter ? candidates[row] > candidates[best] : candidates[row] < candidates[best]
                return isBetter ? row : best
            }
            timesChosen[chosen] += 1
            scores.append(test[chosen][fold])
        }
        guard let estimate = FoldEstimate(scores, folds: folds) else { return nil }
        self.estimate = estimate
        self.timesChosen = timesChosen
    }
}
