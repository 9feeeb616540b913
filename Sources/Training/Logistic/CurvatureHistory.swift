/// The last steps and gradient changes of a search, and the direction that they give: algorithm 7.4 of Nocedal and
/// Wright, the two-loop recursion.
struct CurvatureHistory {
    /// Pairs that are kept.
    let capacity: Int
    private var pairs: [Pair] = []

    private struct Pair {
        var step: [Double]
        var change: [Double]
        /// step · change.
        var curvature: Double
        /// How long the step was, measured by what the preconditioner made of its change.
        var scale: Double?
    }

    /// Pairs whose scales are looked at.
    private static let scales = 9

    init(capacity: Int) {
        self.capacity = capacity
    }

    var isEmpty: Bool { pairs.isEmpty }

    /// - Parameter precondition: As in `direction`; without it the pair says nothing of how long steps should be.
    mutating func append(step: [Double], change: [Double], precondition: ((inout [Double]) -> Void)? = nil) {
        var pair = Pair(step: step, change: change, curvature: dot(step, change))
        guard Self.isSound(pair) else { return }
        if let precondition {
            var image = change
            precondition(&image)
            let length = dot(change, image)
            if length > 0 { pair.scale = pair.curvature / length }
        }
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

    /// The Wolfe conditions make curvature positive except for rounding, and a pair without it spoils the rest.
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
        Training.scale(&direction, by: -usualScale)
        for (index, pair) in pairs.enumerated() {
            let weight = dot(pair.change, direction) / pair.curvature
            Training.add(pair.step, times: -weights[index] - weight, to: &direction)
        }
        return direction
    }

    /// The median of the last steps' scales. That of the last step alone, which is customary, differs by a hundred
    /// times where the step followed few of the function's directions, and the next search then needs several trials.
    private var usualScale: Double {
        let last = pairs.compactMap(\.scale).suffix(Self.scales).sorted()
        return last.isEmpty ? 1 : last[(last.count - 1) / 2]
    }
}
