/// The stability of the Pareto front: for each row, the share of bootstrap samples in which it is on the front. Costs are
/// known exactly; scores are those of one bootstrap sample of cases for all rows.
///
/// - Parameters:
///   - costs: One for each row, less is better.
///   - scores: `[samples][rows]`, the metric of every row on each bootstrap sample.
///   - greaterIsBetter: The metric's direction.
/// - Returns: One share in 0 ... 1 for each row; 0 without samples.
package func paretoMembership(costs: [Double], scores: [[Double]], greaterIsBetter: Bool) -> [Double] {
    let order = costs.indices.sorted { (costs[$0], $0) < (costs[$1], $1) }
    let ascending = order.map { costs[$0] }
    let sign: Double = greaterIsBetter ? 1 : -1
    var members = [Int](repeating: 0, count: order.count)
    for sample in scores {
        for place in frontPlaces(ascending, order.map { sign * sample[$0] }) { members[place] += 1 }
    }
    var shares = [Double](repeating: 0, count: costs.count)
    for (place, row) in order.enumerated() where !scores.isEmpty {
        shares[row] = Double(members[place]) / Double(scores.count)
    }
    return shares
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
