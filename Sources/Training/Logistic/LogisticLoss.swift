import Numerics
import Probes

/// The mean loss of logits = W x + b over some rows, without a penalty:
///
/// L(W, b) = (1/n) Σ_i ℓ(W x_i + b, y_i), on raw features: nothing is standardised.
///
/// Rows are taken in blocks that fit the second-level cache, so that both products of an evaluation read features from
/// memory once, and no more than a block's logits exist. Products run in the precision of the features, everything else
/// in double precision.
final class LogisticLoss<S: Scalar> {
    /// What a point gives.
    struct Value {
        var loss: Double
        /// The mean of p·(1 − p) over rows and classes, where p is a predicted probability: how strongly the loss is
        /// bent along features.
        var curvature: Double
    }

    private let memory: Matrix<S>
    let classes: Int
    let path: KernelPath
    private let blocks: [(rows: Range<Int>, targets: BatchTargets, share: Double)]
    private let weights: Matrix<S>
    private let slopes: Matrix<S>
    private let logits: Matrix<S>
    private let bends: Matrix<Double>

    static var blockRows: Int { 192 }

    /// `[n, D]`, as long as the loss lives.
    var features: MatrixView<S> { memory.view }

    /// - Parameters:
    ///   - features: `[n, D]`.
    ///   - targets: Those of the whole task.
    ///   - rows: Of the task, in the order of the features.
    init(_ features: Matrix<S>, _ targets: TrainingTargets, rows: [Int], on path: KernelPath) {
        memory = features
        self.path = path
        classes = targets.outputs
        let loaded = stride(from: 0, to: rows.count, by: Self.blockRows).map { start in
            let range = start..<min(start + Self.blockRows, rows.count)
            let batch = BatchTargets(targets, capacity: range.count)
            rows[range].map(Int32.init).withUnsafeBufferPointer { batch.load($0) }
            return (rows: range, targets: batch)
        }
        let mass = loaded.reduce(0) { $0 + $1.targets.mass }
        blocks = loaded.map { ($0.rows, $0.targets, mass > 0 ? $0.targets.mass / mass : 0) }
        weights = Matrix(rows: classes, columns: features.columns)
        slopes = Matrix(rows: classes, columns: features.columns)
        logits = Matrix(rows: min(Self.blockRows, rows.count), columns: classes)
        bends = Matrix(rows: 1, columns: classes)
    }

    /// - Parameters:
    ///   - parameters: W `[classes, D]`, row-major, then b `[classes]`.
    ///   - gradient: Overwritten by that of L.
    func evaluate(_ parameters: [Double], gradient: inout [Double]) -> Value {
        let count = weights.rows * weights.columns
        for index in 0..<count { weights.elements[index] = S(parameters[index]) }
        let intercepts = parameters[count...].map { S($0) }
        slopes.fill(0)
        bends.fill(0)
        var loss = 0.0
        gradient.withUnsafeMutableBufferPointer { gradient in
            guard let start = gradient.baseAddress else { return }
            (start + count).update(repeating: 0, count: classes)
            for block in blocks {
                let part = logits.view.rows(0..<block.rows.count)
                loss += block.share * differentiate(block.rows, block.targets, intercepts, part)
                accumulate(part, block.share, into: start + count)
                multiply(
                    part, transposed: true, features.rows(block.rows), into: slopes.view, alpha: S(block.share),
                    accumulate: true, roundingInputs: false, on: path)
            }
            for index in 0..<count { start[index] = Double(slopes.elements[index]) }
        }
        return Value(loss: loss, curvature: bends.row(0).reduce(0, +) / Double(classes))
    }

    /// Leaves the gradient of the block's mean loss in place of its logits.
    private func differentiate(
        _ rows: Range<Int>, _ targets: BatchTargets, _ intercepts: [S], _ logits: MatrixView<S>
    ) -> Double {
        for row in 0..<logits.rows { (logits.pointer + row * logits.stride).update(from: intercepts, count: classes) }
        multiply(
            features.rows(rows), weights.view, transposed: true, into: logits, accumulate: true, roundingInputs: false,
            on: path)
        return targets.objective.differentiate(logits, on: path)
    }

    /// Adds a block's part to the intercepts' gradient and to Σ p·(1 − p) of every class, in double precision: so many
    /// small terms would lose half of single precision's digits.
    ///
    /// A residual is p or p − 1, so that its magnitude gives p·(1 − p) as well; the loss has divided it by the rows.
    private func accumulate(_ residuals: MatrixView<S>, _ share: Double, into intercept: UnsafeMutablePointer<Double>) {
        let (bends, rows) = (bends.elements, Double(residuals.rows))
        for row in 0..<residuals.rows {
            let line = residuals.pointer + row * residuals.stride
            for label in 0..<classes {
                let residual = Double(line[label])
                let magnitude = abs(residual)
                intercept[label] += share * residual
                bends[label] += share * magnitude * (1 - rows * magnitude)
            }
        }
    }
}
