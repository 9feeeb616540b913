package import Metrics

/// A metric of all out-of-fold predictions together, with the percentile interval of a bootstrap over samples.
///
/// The interval over folds is for other training sets; this one is for other test samples, given the heads. Where
/// samples have groups whole groups are drawn, as samples of one group are not independent (Field and Welsh,
/// "Bootstrapping clustered data", J. R. Statist. Soc. B 69, 2007).
///
/// Scores of different folds come from different heads: a metric of rank compares samples across heads, so that the
/// pooled value may lie below the mean over folds.
package struct PooledEstimate: Codable, Hashable, Sendable {
    /// Of all predictions; the mean over repetitions, draws and seeds, each of which predicts every sample once.
    package let value: Double
    /// 95 %.
    package let interval: ClosedRange<Double>
    /// Samples or groups that were drawn from.
    package let cases: Int

    /// The predictions of one repetition (and one draw and seed): every tested row of the task once.
    package struct Pool: Sendable {
        /// Rows of the task, aligned with the prediction.
        package var rows: [Int]
        package var prediction: Prediction

        package init(rows: [Int], prediction: Prediction) {
            self.rows = rows
            self.prediction = prediction
        }
    }

    /// - Parameters:
    ///   - pools: One for each repetition, draw and seed.
    ///   - groups: The group of every row of the task; nil where each row stands for itself.
    ///   - count: Bootstrap samples.
    /// - Returns: Nil without predictions, and where the metric is undefined for them.
    package init?(_ pools: [Pool], metric: String, groups: [Int32]?, count: Int, seed: UInt64 = 0) {
        guard let found = Self.resampled(pools, metric: metric, groups: groups, count: count, seed: seed) else {
            return nil
        }
        self = found.estimate
    }

    /// The same, with the metric on each bootstrap sample.
    package static func resampled(
        _ pools: [Pool], metric: String, groups: [Int32]?, count: Int, seed: UInt64 = 0
    ) -> (estimate: PooledEstimate, scores: BootstrapScores)? {
        func mean(_ values: [Double]) -> Double? {
            values.count == pools.count ? values.reduce(0, +) / Double(values.count) : nil
        }
        guard !pools.isEmpty, let value = mean(pools.compactMap { $0.prediction.value(of: metric) }) else { return nil }
        let identity = { (row: Int) in groups.map { Int($0[row]) } ?? row }
        let cases = Set(pools.flatMap(\.rows).map(identity)).sorted()
        let place = Dictionary(uniqueKeysWithValues: zip(cases, cases.indices))
        // For each pool, where the predictions of each case lie.
        let members = pools.map { pool in
            pool.rows.indices.reduce(into: [[Int]](repeating: [], count: cases.count)) { members, index in
                place[identity(pool.rows[index])].map { members[$0].append(index) }
            }
        }
        let resamples = Resamples(count: count, of: cases.count, seed: seed)
        let values = resamples.draws.map { draw in
            mean(
                zip(pools, members).compactMap { pool, members in
                    pool.prediction.resampled(draw.map { members[$0] }).value(of: metric)
                })
        }
        guard let interval = percentileInterval(of: values.compactMap { $0 }) else { return nil }
        return (
            PooledEstimate(value: value, interval: interval, cases: cases.count),
            BootstrapScores(cases: cases, values: values)
        )
    }

    private init(value: Double, interval: ClosedRange<Double>, cases: Int) {
        (self.value, self.interval, self.cases) = (value, interval, cases)
    }
}
