package import Features
package import Metrics

extension FeatureTask {
    /// The ground truth of some rows of the task, in the rows' order.
    package func truth(_ rows: [Int]) -> Prediction.Truth {
        let groups = groups.map { groups in rows.map { groups[$0] } }
        switch (kind, targets) {
        case (_, .indicators(let indicators)):
            return .indicators(
                rows.flatMap { indicators[$0 * classes..<($0 + 1) * classes] }, classes: classes)
        case (.binary, .classes(let labels)): return .answers(rows.map { labels[$0] })
        case (.retrieval, .classes(let labels)):
            return .relevance(rows.map { labels[$0] }, queries: groups ?? rows.map { _ in 0 })
        case (.regression, .scores(let scores)): return .values(rows.map { scores[$0] })
        case (_, .scores(let scores)): return .order(rows.map { scores[$0] }, groups: groups)
        case (_, .classes(let labels)): return .classes(rows.map { labels[$0] })
        }
    }
}
