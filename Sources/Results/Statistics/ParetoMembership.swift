/// The stability of the Pareto front: for each row, the share of bootstrap samples of the folds in which it is on the
/// front. Costs are known exactly; only scores are resampled, the same folds for every row.
///
/// - Parameters:
///   - costs: One for each row, less is better.
///   - values: `[rows][folds]`, the metric on each fold, the same folds in every row.
///   - greaterIsBetter: The metric's direction.
/// - Returns: One share in 0 ... 1 for each row.
package func paretoMembership(
    costs: [Double], values: [[Double]], greaterIsBetter: Bool, _ resamples: Resamples
) -> [Double] {
    precondition(costs.count == values.count, "Every row has a cost and values.")
    guard let folds = values.first?.count, !resamples.draws.isEmpty else { return values.map { _ in 0 } }
    let sign: Double = greaterIsBetter ? 1 : -1
    let order = costs.indices.sorted { (costs[$0], $0) < (costs[$1], $1) }
    let ascending = order.map { costs[$0] }
    let scores = CaseColumns(order.map { row in values[row].map { sign * $0 } })
    var members = [Int](repeating: 0, count: order.count)
    // Few folds give few different samples: five have 126, whatever the number of draws.
    for (weights, times) in multiplicities(resamples.draws, of: folds) {
        for place in frontPlaces(ascending, scores.weightedSums(weights)) { members[place] += times }
    }
    var shares = [Double](repeating: 0, count: costs.count)
    for (place, row) in order.enumerated() { shares[row] = Double(members[place]) / Double(resamples.draws.count) }
    return shares
}

/// How often each multiplicity of cases occurs.
private func multiplicities(_ draws: [[Int]], of cases: Int) -> [[Double]: Int] {
    draws.reduce(into: [:]) { $0[multiplicity(of: $1, cases: cases), default: 0] += 1 }
}

/// The places on the front, costs ascending: at each cost the best score, if it beats all that cost less.
private func frontPlaces(_ costs: [Double], _ scores: [Double]) -> [Int] {
    var places: [Int] = []
    var best = -Double.infinity
    var start = 0
    while start < costs.count {
        var (end, top) = (start, -Double.infinity)
        while end < costs.count, costs[end] == costs[start] {
            top = max(top, scores[end])
            end += 1
        }
        if top > best {
            places += (start..<end).filter { scores[$0] == top }
            best = top
        }
        start = end
    }
    return places
}
