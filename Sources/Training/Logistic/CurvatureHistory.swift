/// The last steps and gradient changes of a search, and the direction that they give: algorithm 7.4 of Nocedal and Wright,
/// the two-loop recursion.
struct CurvatureHistory {
    /// Pairs that are kept.
    let capacity: Int
    private var pairs: [Pair] = []

    private struct Pair {
        var step: [Double]
        var change: [Double]
        /// step · change.
        var curvature: Double
    }

    init(capacity: Int) {
        self.capacity = capacity
    }

    var isEmpty: Bool { pairs.isEmpty }

    mutating func append(step: [Double], change: [Double]) {
        let pair = Pair(step: step, change: change, curvature: dot(step, change))
        guard Self.isSound(pair) else { return }
        if pairs.count == capacity { pairs.removeFirst() }
        pairs.append(pair)
    }

    /// The same steps after `strength`/2·‖point‖² over the first elements was added to the function.
    mutating func add(strength: Double, ofFirst count: Int) {
        for index in pairs.indices {
            for element in 0..<count {
                pairs[index].change[element] += strength * pairs[index].step[element]
            }
            pairs[index].curvature = dot(pairs[index].step, pairs[index].change)
        }
        pairs.removeAll { !Self.isSound($0) }
    }

    /// The Wolfe conditions make curvature positive but for rounding, and a pair without it spoils the rest.
    private static func isSound(_ pair: Pair) -> Bool {
        pair.curvature > Double.ulpOfOne * dot(pair.change, pair.change)
    }

    /// −H·gradient.
    ///
    /// - Parameter precondition: Replaces a vector by the inverse of some approximate Hessian times it.
    func direction(against gradient: [Double], precondition: (inout [Double]) -> Void) -> [Double] {
        var direction = gradient
        var weights = [Double](repeating: 0, count: pairs.count)
        for (index, pair) in pairs.enumerated().reversed() {
            weights[index] = dot(pair.step, direction) / pair.curvature
            Training.add(pair.change, times: -weights[index], to: &direction)
        }
        precondition(&direction)
        Training.scale(&direction, by: -lastScale(precondition))
        for (index, pair) in pairs.enumerated() {
            let weight = dot(pair.change, direction) / pair.curvature
            Training.add(pair.step, times: -weights[index] - weight, to: &direction)
        }
        return direction
    }

    /// How long the last step was, measured by what the preconditioner makes of its change.
    private func lastScale(_ precondition: (inout [Double]) -> Void) -> Double {
        guard let last = pairs.last else { return 1 }
        var change = last.change
        precondition(&change)
        let length = dot(last.change, change)
        return length > 0 ? last.curvature / length : 1
    }
}
