/// Minimisation of a smooth function by L-BFGS with a line search for the strong Wolfe conditions.
///
/// Source: Nocedal and Wright, "Numerical optimization" (2006), algorithms 7.4, 7.5, 3.5 and 3.6, with the stopping rules of
/// scikit-learn's `lbfgs`: the largest absolute gradient entry is at most `tolerance`, or a step lowers the value by at
/// most 64 machine epsilons of it.
struct LimitedMemoryBFGS {
    /// Pairs of steps and gradient changes that stand for the Hessian.
    var memory = 10
    var maximumIterations = 1000
    /// Largest absolute gradient entry at which the search ends.
    var tolerance = 1e-4

    /// Where a search ended.
    struct Minimum {
        var point: [Double]
        var value: Double
        var iterations: Int
        var evaluations: Int
        var ending: Ending
    }

    enum Ending: Hashable {
        /// The gradient is within tolerance.
        case converged
        /// The value no longer changes.
        case flat
        /// The iterations ran out.
        case exhausted
        /// The caller asked to stop.
        case interrupted
        /// No step along the direction lowers the value: the arithmetic's precision is used up.
        case stalled
    }

    /// - Parameters:
    ///   - isInterrupted: Asked before every iteration.
    ///   - function: Gives the value at a point and writes the gradient there.
    func minimize(
        from start: [Double], isInterrupted: () -> Bool = { false },
        _ function: (_ point: [Double], _ gradient: inout [Double]) -> Double
    ) -> Minimum {
        var gradient = [Double](repeating: 0, count: start.count)
        var minimum = Minimum(
            point: start, value: function(start, &gradient), iterations: 0, evaluations: 1, ending: .exhausted)
        var history = CurvatureHistory(capacity: memory)
        while minimum.iterations < maximumIterations {
            if largestMagnitude(gradient) <= tolerance { return minimum.ended(.converged) }
            if isInterrupted() { return minimum.ended(.interrupted) }
            let direction = history.direction(against: gradient)
            let first = history.isEmpty ? min(1, 1 / norm(gradient)) : 1
            let line = Line(origin: minimum.point, direction: direction)
            var search = WolfeSearch(line: line, value: minimum.value, slope: dot(gradient, direction))
            let found = search.run(firstStep: first, function)
            minimum.evaluations += search.evaluations
            guard let found, found.value < minimum.value else { return minimum.ended(.stalled) }
            history.append(
                step: subtract(found.point, minimum.point), change: subtract(found.gradient, gradient))
            let decrease = minimum.value - found.value
            let scale = max(abs(minimum.value), abs(found.value), 1)
            (minimum.point, minimum.value, gradient) = (found.point, found.value, found.gradient)
            minimum.iterations += 1
            if decrease <= 64 * Double.ulpOfOne * scale { return minimum.ended(.flat) }
        }
        return minimum
    }
}

extension LimitedMemoryBFGS.Minimum {
    fileprivate func ended(_ ending: LimitedMemoryBFGS.Ending) -> Self {
        var copy = self
        copy.ending = ending
        return copy
    }
}

/// The last steps and gradient changes, and the direction that they give: algorithm 7.4, the two-loop recursion.
private struct CurvatureHistory {
    let capacity: Int
    private var steps: [[Double]] = []
    private var changes: [[Double]] = []
    private var curvatures: [Double] = []

    init(capacity: Int) {
        self.capacity = capacity
    }

    var isEmpty: Bool { steps.isEmpty }

    mutating func append(step: [Double], change: [Double]) {
        let curvature = dot(step, change)
        // The Wolfe conditions make it positive but for rounding, and a pair without curvature spoils the rest.
        guard curvature > Double.ulpOfOne * dot(change, change) else { return }
        if steps.count == capacity {
            steps.removeFirst()
            changes.removeFirst()
            curvatures.removeFirst()
        }
        steps.append(step)
        changes.append(change)
        curvatures.append(curvature)
    }

    /// −H·gradient.
    func direction(against gradient: [Double]) -> [Double] {
        var direction = gradient
        var weights = [Double](repeating: 0, count: steps.count)
        for index in steps.indices.reversed() {
            weights[index] = dot(steps[index], direction) / curvatures[index]
            add(changes[index], times: -weights[index], to: &direction)
        }
        if let change = changes.last, let curvature = curvatures.last {
            let scale = curvature / dot(change, change)
            for index in direction.indices { direction[index] *= scale }
        }
        for index in steps.indices {
            let weight = dot(changes[index], direction) / curvatures[index]
            add(steps[index], times: weights[index] - weight, to: &direction)
        }
        for index in direction.indices { direction[index].negate() }
        return direction
    }
}
