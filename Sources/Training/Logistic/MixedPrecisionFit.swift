import Numerics
import Probes
import Sweeps

/// Fits on some rows of a unit's task: in single precision until that is used up, and from there in double precision.
///
/// Products in single precision run at twice the rate or more, and most fits end there, with the gradient within the
/// tolerance. A weakly penalised one with a small tolerance stalls within about 1e-5 of the optimum; double precision then
/// has a few steps left to do.
final class MixedPrecisionFit {
    private let unit: LogisticUnit
    private let pooled: PooledVectors
    private let rows: [Int]
    private let solver: LimitedMemoryBFGS
    private let path: KernelPath
    private let single: Matrix<Float>
    private lazy var double: Matrix<Double> = pooled.matrix(unit.input, samples: unit.prepared.samples(rows))

    /// - Parameter rows: Of the task, by position.
    init(_ unit: LogisticUnit, _ pooled: PooledVectors, _ rows: [Int], _ solver: LimitedMemoryBFGS, on path: KernelPath) {
        self.unit = unit
        self.pooled = pooled
        self.rows = rows
        self.solver = solver
        self.path = path
        single = pooled.matrix(unit.input, samples: unit.prepared.samples(rows))
    }

    func fit(penalty: Double, from start: [Double]?, isInterrupted: () -> Bool) -> LogisticFit {
        let first = regression(single).fit(
            penalty: penalty, solver: solver, from: start, isInterrupted: isInterrupted)
        guard first.ending == .flat || first.ending == .stalled else { return first }
        var rest = solver
        rest.maximumIterations -= first.iterations
        var last = regression(double).fit(
            penalty: penalty, solver: rest, from: first.parameters, isInterrupted: isInterrupted)
        last.iterations += first.iterations
        last.evaluations += first.evaluations
        return last
    }

    private func regression<S: Scalar>(_ features: Matrix<S>) -> LogisticRegression<S> {
        let targets = unit.prepared.targets(rows)
        let labels = targets.labels.isEmpty ? [] : rows.map { targets.labels[$0] }
        var regression = LogisticRegression(
            features: features.view, labels: labels, classes: unit.prepared.outputs, path: path)
        guard targets.loss != .softmax || targets.weights != nil else { return regression }
        let all = BatchTargets(targets, capacity: rows.count)
        rows.map(Int32.init).withUnsafeBufferPointer { all.load($0) }
        regression.differentiate = { [path] in all.objective.differentiate($0, on: path) }
        return regression
    }
}
