/// How sure membership of the Pareto front is: for each row, the share of bootstrap samples of the folds in which it is
/// on the front. Costs are known exactly; only scores are resampled, the same folds for every row.
///
/// - Parameters:
///   - costs: One for each row, less is better.
///   - values: `[rows][folds]`, the metric on each fold, the same folds in every row.
///   - greaterIsBetter: The metric's direction.
/// - Returns: One share in 0 ... 1 for each row.
public func paretoMembership(
    costs: [Double], values: [[Double]], greaterIsBetter: Bool, _ resamples: Resamples
) -> [Double] {
    precondition(costs.count == values.count, "Every row has a cost and values.")
    let sign: Double = greaterIsBetter ? 1 : -1
    var members = [Int](repeating: 0, count: costs.count)
    for draw in resamples.draws {
        let points = zip(costs, values).map { ParetoPoint(cost: $0, score: sign * mean(of: $1, at: draw)) }
        for (row, isOnFront) in paretoFront(points).enumerated() where isOnFront { members[row] += 1 }
    }
    return members.map { Double($0) / Double(max(1, resamples.draws.count)) }
}
