/// A row's cost and score; lower cost and higher score are better.
struct ParetoPoint: Hashable, Sendable {
    var cost: Double
    var score: Double
}

/// Which points are on the Pareto front: those that no other point dominates, that is, matches in both cost and score
/// and beats in one. Equal points are on it together.
///
/// - Complexity: O(n log n).
func paretoFront(_ points: [ParetoPoint]) -> [Bool] {
    var isOnFront = [Bool](repeating: false, count: points.count)
    let order = points.indices.sorted { (points[$0].cost, -points[$0].score) < (points[$1].cost, -points[$1].score) }
    var best: ParetoPoint?
    for index in order {
        let point = points[index]
        if let best, point.score < best.score || (point.score == best.score && point.cost > best.cost) { continue }
        isOnFront[index] = true
        best = point
    }
    return isOnFront
}
