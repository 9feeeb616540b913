/// What the folds of one row say about a metric.
///
/// The training sets of k-fold cross-validation overlap, so the folds' values are correlated and the naive s²/n is too
/// small. The interval is Nadeau and Bengio's ("Inference for the generalization error", Machine Learning 52, 2003):
/// mean ± t_{0.975, n−1} · √((1/n + n_test/n_train)·s²), n being folds × repeats and n_test/n_train = 1/(k−1).
package struct FoldEstimate: Codable, Hashable, Sendable {
    package var mean: Double
    /// Sample standard deviation s (divisor n − 1); nil for a single value.
    package var deviation: Double?
    /// Half the width of the 95 % interval; nil for a single value.
    package var halfWidth: Double?

    /// - Parameters:
    ///   - values: The metric on each test fold, of all repeats.
    ///   - folds: k.
    /// - Returns: Nil without a value.
    package init?(_ values: [Double], folds: Int) {
        guard !values.isEmpty else { return nil }
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        self.mean = mean
        guard values.count > 1, folds > 1 else { return }
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        let quantile = StudentDistribution.quantile975(degreesOfFreedom: values.count - 1)
        deviation = variance.squareRoot()
        halfWidth = quantile * ((1 / count + 1 / Double(folds - 1)) * variance).squareRoot()
    }
}
