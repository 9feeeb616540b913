/// Minimisation of a smooth function by preconditioned L-BFGS with a line search for the strong Wolfe conditions.
///
/// Source: Nocedal and Wright, "Numerical optimization" (2006), algorithms 7.4, 7.5, 3.5 and 3.6, with the stopping
/// rules of scikit-learn's `lbfgs`: the largest absolute gradient entry is at most `tolerance`, or a step lowers the
/// value by at most 64 machine epsilons of it.
struct LimitedMemoryBFGS {
    /// Pairs of steps and gradient changes that stand for the Hessian.
    var memory = 30
    var maximumIterations = 1000
    /// Largest absolute gradient entry at which the search ends.
    var tolerance = 1e-4
    /// Largest decrease that the search still expects, as a share of the value, at which it ends.
    var gap = Double.infinity

    /// What the function is at a point.
    struct Evaluation {
        var point: [Double]
        var value: Double
        var gradient: [Double]

        var isFinite: Bool { value.isFinite && gradient.allSatisfy(\.isFinite) }

        /// The same after `strength`/2·‖point‖² over the first elements was added to the function.
        mutating func add(strength: Double, ofFirst count: Int) {
            var squares = 0.0
            for index in 0..<count {
                squares += point[index] * point[index]
                gradient[index] += strength * point[index]
            }
            value += 0.5 * strength * squares
        }
    }

    /// Where a search ended.
    struct Minimum {
        var evaluation: Evaluation
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

    typealias Function = (_ point: [Double], _ gradient: inout [Double]) -> Double

    /// Evaluates a function.
    static func evaluate(_ point: [Double], _ function: Function) -> Evaluation {
        var evaluation = Evaluation(point: point, value: 0, gradient: [Double](repeating: 0, count: point.count))
        evaluation.value = function(point, &evaluation.gradient)
        return evaluation
    }

    /// - Parameters:
    ///   - start: Where to begin, already evaluated.
    ///   - history: Steps of an earlier search of much the same function; this search's are added.
    ///   - resolution: The least decrease that the function's arithmetic can tell, as a share of the value.
    ///   - precondition: Replaces a vector by the inverse of some approximate Hessian times it. By default the first
    ///     step has length one at most.
    ///   - isInterrupted: Asked before every evaluation of a step.
    ///   - function: Gives the value at a point and writes the gradient there.
    func minimize(
        from start: Evaluation, history: inout CurvatureHistory, resolution: Double = 0,
        precondition: ((inout [Double]) -> Void)? = nil, isInterrupted: () -> Bool = { false }, _ function: Function
    ) -> Minimum {
        var minimum = Minimum(evaluation: start, iterations: 0, evaluations: 0, ending: .exhausted)
        while minimum.iterations < maximumIterations {
            let current = minimum.evaluation
            if isInterrupted() { return minimum.ended(.interrupted) }
            let direction = history.direction(against: current.gradient, precondition: precondition ?? { _ in })
            let slope = dot(current.gradient, direction)
            let scale = max(abs(current.value), Self.smallestScale)
            if largestMagnitude(current.gradient) <= tolerance && -Self.blindness * slope <= gap * scale {
                return minimum.ended(.converged)
            }
            if -slope <= resolution * scale { return minimum.ended(.stalled) }
            let first = history.isEmpty && precondition == nil ? min(1, 1 / norm(current.gradient)) : 1
            var search = WolfeSearch(
                line: Line(origin: current.point, direction: direction), value: current.value, slope: slope)
            let found = search.run(firstStep: first, isInterrupted: isInterrupted, function)
            minimum.evaluations += search.evaluations
            if isInterrupted() { return minimum.ended(.interrupted) }
            guard let found, found.value < current.value else { return minimum.ended(.stalled) }
            history.append(
                step: subtract(found.point, current.point), change: subtract(found.gradient, current.gradient),
                precondition: precondition ?? { _ in })
            minimum.evaluation = Evaluation(point: found.point, value: found.value, gradient: found.gradient)
            minimum.iterations += 1
            if current.value - found.value <= 64 * Double.ulpOfOne * max(scale, 1) { return minimum.ended(.flat) }
        }
        return minimum
    }

    /// How many times what the search expects may be left to gain: it knows the curvature along its last steps alone.
    /// On a path of 45 penalties ends that took its word for it were up to fifteen times `gap` from the optimum, and
    /// with this factor four times.
    private static let blindness = 4.0
    /// Values below this are compared as if they were this large.
    private static let smallestScale = 1e-3
}

extension LimitedMemoryBFGS.Minimum {
    fileprivate func ended(_ ending: LimitedMemoryBFGS.Ending) -> Self {
        var copy = self
        copy.ending = ending
        return copy
    }
}
