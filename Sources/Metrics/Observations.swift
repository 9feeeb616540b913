/// What is worth knowing of a figure beside its value. It informs, and alters neither the figure nor a test.
extension Prediction {
    /// The metric's value on these rows that a prediction can expect which does not depend on the sample; nil where that
    /// has none.
    ///
    /// - Classification, binary and multi-label tasks: every row gets the shares of the classes (labels) among *these*
    ///   rows as its probabilities. So top-1 is the share of the largest class, top-k that of the k largest together,
    ///   balanced accuracy one over the number of classes present, average precision that of random orders (in micro and
    ///   sample-wise means, of labels ranked by prevalence), ROC ½, log-loss the
    ///   entropy, the Brier score that of the shares. F1 is that of the largest class or of guesses by the shares
    ///   (in multi-label and binary tasks of the likelier answers or of yes to all), whichever is more.
    /// - Retrieval: all candidates score the same.
    /// - Ranking, and rank correlations of numbers: 0, the mean over all orders, where the metric exists for these
    ///   targets.
    /// - Numbers: the constant that is best on these rows: the mean for R² (0) and the squared error, the median for
    ///   the absolute error.
    ///
    /// Calibration errors have none: such a prediction is perfectly calibrated.
    package func chance(of metric: String) -> Double? {
        guard count > 0, isMetric(metric), !["ece", "adaptive-ece"].contains(metric) else { return nil }
        switch truth {
        case .classes(let labels): return ClassShares(labels, classes: outputs).chance(of: metric)
        case .answers(let labels): return AnswerShare(labels).chance(of: metric)
        case .indicators(let indicators, let classes):
            return LabelShares(indicators, classes: classes).chance(of: metric)
        case .relevance(let labels, let queries): return retrievalChance(of: metric, labels, queries)
        case .order(let targets, let groups): return correlationChance(of: metric, targets, groups: groups)
        case .values(let targets):
            let values = targets.map(Double.init)
            return numberChance(of: metric, values) ?? correlationChance(of: metric, targets, groups: nil)
        }
    }

    /// The smallest number of positives of any class or label on these rows; the positives of a binary or retrieval
    /// task; nil for numbers, and without classes.
    ///
    /// - Parameter classes: the classes or labels that count, which are those that occur in the whole task: a class may
    ///   be declared that no sample has. By default all.
    package func leastPositives(among classes: [Int]? = nil) -> Int? {
        switch truth {
        case .classes(let labels):
            let counts = ClassShares(labels, classes: outputs).counts
            return (classes ?? Array(counts.indices)).map { counts.indices.contains($0) ? counts[$0] : 0 }.min()
        case .indicators(let indicators, let width):
            let counts = LabelShares(indicators, classes: width).counts
            return (classes ?? Array(counts.indices)).map { counts.indices.contains($0) ? counts[$0] : 0 }.min()
        case .answers(let labels), .relevance(let labels, _): return labels.count { $0 == 1 }
        case .order, .values: return nil
        }
    }

    /// C, the scores of a row.
    private var outputs: Int { count == 0 ? 1 : scores.count / count }

    private func numberChance(of metric: String, _ targets: [Double]) -> Double? {
        let centre = targets.reduce(0, +) / Double(targets.count)
        switch metric {
        case "r2": return Metrics.determination(targets.map { _ in centre }, targets).map { _ in 0 }
        case "mean-squared-error": return Metrics.meanSquaredError(targets.map { _ in centre }, targets)
        case "mean-absolute-error":
            guard targets.allSatisfy(\.isFinite) else { return nil }
            let median = targets.sorted()[targets.count / 2]
            return Metrics.meanAbsoluteError(targets.map { _ in median }, targets)
        default: return nil
        }
    }

    /// Of equal scores, and of random orders where equal scores have less than these.
    private func retrievalChance(of metric: String, _ labels: [Int32], _ queries: [Int32]) -> Double? {
        func precision(_ rows: [Int]) -> Double? {
            Metrics.expectedAveragePrecision([(rows: rows.count, positives: rows.count { labels[$0] == 1 })])
        }
        switch metric {
        case "average-precision": return precision(Array(labels.indices))
        case "mean-average-precision":
            let members = Dictionary(grouping: labels.indices) { queries[$0] }.sorted { $0.key < $1.key }
            return mean(members.map { precision($0.value) })
        default: return Prediction(scores: scores.map { _ in 0 }, truth: truth).value(of: metric)
        }
    }

    /// 0 where the targets can be put into an order.
    private func correlationChance(of metric: String, _ targets: [Float], groups: [Int32]?) -> Double? {
        let best = Prediction(scores: targets, truth: .order(targets, groups: groups))
        return best.value(of: metric).map { _ in 0 }
    }
}
