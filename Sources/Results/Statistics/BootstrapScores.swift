import Units

/// A row's metric of pooled out-of-fold predictions on each bootstrap sample of their cases.
///
/// The draws are a function of the number of cases alone (``Resamples``), so that rows with the same cases are resampled
/// jointly.
package struct BootstrapScores: Hashable, Sendable {
    /// Samples of the task, or groups, that were drawn from, ascending.
    package var cases: [Int]
    /// One for each bootstrap sample; nil where the metric is undefined for it.
    package var values: [Double?]

    package init(cases: [Int], values: [Double?]) {
        self.cases = cases
        self.values = values
    }
}

extension [ResultRow] {
    /// The scores of all rows on each bootstrap sample for which all are defined, `[samples][rows]`; nil unless every row
    /// was resampled over the same cases.
    var jointBootstrapScores: [[Double]]? {
        let all = compactMap(\.bootstrap)
        let tasks = Set(map { [$0.unit.task.digest, "\(String(describing: $0.unit.task.sampling))"] })
        guard let first = all.first, all.count == count, tasks.count == 1,
            all.allSatisfy({ $0.values.count == first.values.count && $0.cases == first.cases })
        else { return nil }
        let samples = first.values.indices.compactMap { sample -> [Double]? in
            let scores = all.compactMap { $0.values[sample] }
            return scores.count == all.count ? scores : nil
        }
        return samples.isEmpty ? nil : samples
    }
}
