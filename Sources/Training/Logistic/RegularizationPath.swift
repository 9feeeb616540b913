import Foundation
import Numerics

/// Multinomial logistic regression with an L2 penalty on the weights and none on the intercepts, one penalty after the
/// other:
///
/// minimise (1/n) Σ_i CE_i + (1/(2·C·n)) ‖W‖², logits = W x + b, full softmax over all classes.
///
/// This is the objective of scikit-learn's `LogisticRegression` (lbfgs) for three and more classes. For two classes
/// scikit-learn penalises one weight vector where this penalises two.
///
/// Warm starts: a fit continues the one before it, from the line through the last two solutions, and with what the
/// search has learned of the loss's curvature, since a change of the penalty changes that by a known amount. It runs in
/// single precision until that is exhausted, and from there in double precision. Most fits end before: with a weak
/// penalty and a small tolerance, single precision stalls within about 1e-5 of the optimum.
package final class RegularizationPath {
    private let solver: LimitedMemoryBFGS
    private let single: LogisticLoss<Float>
    private let makeDouble: () -> LogisticLoss<Double>
    private lazy var double = makeDouble()
    private let moments: FeatureCurvature

    private var history: CurvatureHistory
    /// Where the last fit ended, and the one before.
    private var last: Solution?
    private var secondLast: Solution?
    /// Mean p·(1 − p) where the loss was looked at last.
    private var curvature = 0.0
    private var evaluations = 0

    private struct Solution {
        var evaluation: LimitedMemoryBFGS.Evaluation
        var strength: Double
        /// Whether the value and the gradient are of the loss in single precision.
        var isSingle: Bool
    }

    /// The least decrease that single precision can tell, as a share of the value.
    private static let resolution = 1e-8
    /// How far to go on along the line through the last two solutions, for an equal ratio of penalties.
    private static let extrapolation = 0.7

    /// - Parameter double: The same loss in double precision, made when it is first needed.
    init(_ single: LogisticLoss<Float>, double: @escaping () -> LogisticLoss<Double>, _ solver: LimitedMemoryBFGS) {
        self.single = single
        self.solver = solver
        makeDouble = double
        moments = FeatureCurvature(single.features, on: single.path)
        history = CurvatureHistory(capacity: solver.memory)
    }

    /// - Parameters:
    ///   - penalty: C, the inverse of the penalty's strength.
    ///   - start: Where the first fit begins, the origin by default; the others go on from the one before.
    ///   - isInterrupted: Asked before every evaluation of a step; the fit then ends where it is.
    package func fit(
        penalty: Double, from start: [Double]? = nil, isInterrupted: () -> Bool = { false }
    ) -> LogisticFit {
        let strength = 1 / (penalty * Double(single.features.rows))
        evaluations = 0
        let begin = beginning(strength, start)
        let inverse = moments.inverse(curvature: max(curvature, Self.leastCurvature), strength: strength)
        var minimum = solver.minimize(
            from: begin, history: &history, resolution: Self.resolution, precondition: inverse.apply,
            isInterrupted: isInterrupted
        ) { evaluate(single, strength, $0, &$1) }
        let isSingle = minimum.ending != .flat && minimum.ending != .stalled
        if !isSingle {
            var rest = solver
            rest.maximumIterations -= minimum.iterations
            let iterations = minimum.iterations
            let begin = LimitedMemoryBFGS.evaluate(minimum.evaluation.point) { evaluate(double, strength, $0, &$1) }
            minimum = rest.minimize(
                from: begin, history: &history, precondition: inverse.apply, isInterrupted: isInterrupted
            ) { evaluate(double, strength, $0, &$1) }
            minimum.iterations += iterations
        }
        secondLast = last
        last = Solution(evaluation: minimum.evaluation, strength: strength, isSingle: isSingle)
        return LogisticFit(
            parameters: minimum.evaluation.point, objective: minimum.evaluation.value, iterations: minimum.iterations,
            evaluations: evaluations, isFinite: minimum.evaluation.isFinite, ending: minimum.ending)
    }

    /// Below this nothing is left to learn, and the penalty alone would not give a decomposition.
    private static let leastCurvature = 1e-12

    private var weights: Int { single.classes * single.features.columns }

    private func evaluate<S: Scalar>(
        _ loss: LogisticLoss<S>, _ strength: Double, _ point: [Double], _ gradient: inout [Double]
    ) -> Double {
        let value = loss.evaluate(point, gradient: &gradient)
        curvature = value.curvature
        evaluations += 1
        var evaluation = LimitedMemoryBFGS.Evaluation(point: point, value: value.loss, gradient: gradient)
        evaluation.add(strength: strength, ofFirst: weights)
        gradient = evaluation.gradient
        return evaluation.value
    }

    /// Where a fit begins: at the origin, or at the better one of the last solution and of the point further along.
    private func beginning(_ strength: Double, _ start: [Double]?) -> LimitedMemoryBFGS.Evaluation {
        let count = weights + single.classes
        guard let last, last.isSingle else {
            let origin = self.last?.evaluation.point ?? start ?? [Double](repeating: 0, count: count)
            if let last = self.last { history.add(strength: strength - last.strength, ofFirst: weights) }
            return LimitedMemoryBFGS.evaluate(origin) { evaluate(single, strength, $0, &$1) }
        }
        var begin = last.evaluation
        begin.add(strength: strength - last.strength, ofFirst: weights)
        history.add(strength: strength - last.strength, ofFirst: weights)
        guard let secondLast else { return begin }
        let (lastStep, nextStep) = (log(last.strength / secondLast.strength), log(strength / last.strength))
        guard lastStep != 0, secondLast.evaluation.point != begin.point else { return begin }
        var point = begin.point
        add(
            subtract(begin.point, secondLast.evaluation.point), times: Self.extrapolation * nextStep / lastStep,
            to: &point)
        let further = LimitedMemoryBFGS.evaluate(point) { evaluate(single, strength, $0, &$1) }
        history.append(step: subtract(point, begin.point), change: subtract(further.gradient, begin.gradient))
        return further.value < begin.value ? further : begin
    }
}

/// The solution for one penalty.
package struct LogisticFit {
    /// W `[classes, D]`, row-major, then b `[classes]`.
    package var parameters: [Double]
    package var objective: Double
    package var iterations: Int
    package var evaluations: Int
    /// Whether the objective and its gradient are numbers where the fit ended; if not, it never left where it began.
    package var isFinite: Bool
    var ending: LimitedMemoryBFGS.Ending
}
