import Numerics
import Probes

/// The mean loss of logits = W x + b over some rows, without a penalty:
///
/// L(W, b) = (1/n) Σ_i ℓ(W x_i + b, y_i), on raw features: nothing is standardised.
///
/// Rows are taken in blocks near the second-level cache's size, so that both products of an evaluation read features
/// from memory once, and no more than a block's logits exist. Blocks are summed in a fixed number of runs, and the
/// runs' sums in their order: threads that share an evaluation take runs, and no bit depends on how many there are.
/// Products run in the precision of the features, sums of losses and intercepts in double precision.
final class LogisticLoss<S: Scalar>: @unchecked Sendable {
    // Sendable because during an evaluation each run writes memory of its own alone, and all else only before and
    // after.

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
    private let runs: [BlockRun<S>]
    private let weights: Matrix<S>
    private let intercepts: Matrix<S>

    /// Rows of a block.
    private static var blockRows: Int { 384 }
    /// The most runs of blocks.
    private static var mostRuns: Int { 8 }

    /// `[n, D]`, as long as the loss lives.
    var features: MatrixView<S> { memory.view }

    /// Bytes that evaluations over so many rows take beside the features.
    static func bytes(rows: Int, width: Int, classes: Int) -> Int {
        let blocks = (rows + blockRows - 1) / blockRows
        let shapes = shapes(width: width, classes: classes)
        let run = BlockRun<S>.bytes(rows: min(blockRows, rows), width: width, classes: classes)
        return min(mostRuns, blocks) * run + shapes.weights.bytes(of: S.self) + shapes.intercepts.bytes(of: S.self)
    }

    private static func shapes(width: Int, classes: Int) -> (weights: MatrixShape, intercepts: MatrixShape) {
        (MatrixShape(rows: classes, columns: width), MatrixShape(rows: 1, columns: classes))
    }

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
        let blocks = loaded.map { block in
            BlockRun<S>.Block(
                rows: block.rows, targets: block.targets, share: mass > 0 ? block.targets.mass / mass : 0)
        }
        let count = min(Self.mostRuns, blocks.count)
        runs = (0..<count).map { run in
            BlockRun(
                Array(blocks[run * blocks.count / count..<(run + 1) * blocks.count / count]), width: features.columns,
                classes: targets.outputs)
        }
        let shapes = Self.shapes(width: features.columns, classes: classes)
        (weights, intercepts) = (Matrix(shapes.weights), Matrix(shapes.intercepts))
    }

    /// - Parameters:
    ///   - parameters: W `[classes, D]`, row-major, then b `[classes]`.
    ///   - gradient: Overwritten by that of L.
    @specialized(where S == Float)
    @specialized(where S == Double)
    func evaluate(_ parameters: [Double], gradient: inout [Double]) -> Value {
        let count = weights.rows * weights.columns
        for index in 0..<count { weights.elements[index] = S(parameters[index]) }
        for label in 0..<classes { intercepts.elements[label] = S(parameters[count + label]) }
        forEachSharing(runs.count) { [self] run in
            runs[run].evaluate(features, weights.view, intercepts: intercepts.elements, on: path)
        }
        return sum(into: &gradient)
    }

    /// The sums of all runs, in their order.
    @specialized(where S == Float)
    @specialized(where S == Double)
    private func sum(into gradient: inout [Double]) -> Value {
        let count = weights.rows * weights.columns
        var value = Value(loss: 0, curvature: 0)
        gradient.withUnsafeMutableBufferPointer { gradient in
            guard let start = gradient.baseAddress else { return }
            gradient.update(repeating: 0)
            for run in runs {
                for index in 0..<count { start[index] += Double(run.slopes.elements[index]) }
                for label in 0..<classes { start[count + label] += run.intercepts.elements[label] }
                value.loss += run.loss
                value.curvature += run.bends.row(0).reduce(0, +) / Double(classes)
            }
        }
        return value
    }
}

/// Neighbouring blocks of rows, and what they add to the loss.
private final class BlockRun<S: Scalar> {
    struct Block {
        let rows: Range<Int>
        let targets: BatchTargets
        /// Of the mean over all rows.
        let share: Double
    }

    private let blocks: [Block]
    private let logits: Matrix<S>
    /// The gradient's part for W `[classes, D]` and b `[1, classes]`.
    let slopes: Matrix<S>
    let intercepts: Matrix<Double>
    private(set) var loss = 0.0
    /// Σ p·(1 − p) of every class, over rows as a mean, `[1, classes]`.
    let bends: Matrix<Double>

    init(_ blocks: [Block], width: Int, classes: Int) {
        self.blocks = blocks
        let shapes = Self.shapes(rows: blocks.map(\.rows.count).max() ?? 0, width: width, classes: classes)
        (logits, slopes) = (Matrix(shapes.logits), Matrix(shapes.slopes))
        (intercepts, bends) = (Matrix(shapes.intercepts), Matrix(shapes.bends))
    }

    /// Bytes of a run's matrices.
    ///
    /// - Parameter rows: Of its largest block.
    static func bytes(rows: Int, width: Int, classes: Int) -> Int {
        let shapes = shapes(rows: rows, width: width, classes: classes)
        return shapes.logits.bytes(of: S.self) + shapes.slopes.bytes(of: S.self)
            + shapes.intercepts.bytes(of: Double.self) + shapes.bends.bytes(of: Double.self)
    }

    private static func shapes(
        rows: Int, width: Int, classes: Int
    ) -> (logits: MatrixShape, slopes: MatrixShape, intercepts: MatrixShape, bends: MatrixShape) {
        let sums = MatrixShape(rows: 1, columns: classes)
        return (MatrixShape(rows: rows, columns: classes), MatrixShape(rows: classes, columns: width), sums, sums)
    }

    func evaluate(
        _ features: MatrixView<S>, _ weights: MatrixView<S>, intercepts start: UnsafePointer<S>, on path: KernelPath
    ) {
        intercepts.fill(0)
        bends.fill(0)
        loss = 0
        for (index, block) in blocks.enumerated() {
            let part = logits.view.rows(0..<block.rows.count)
            let rows = features.rows(block.rows)
            for row in 0..<part.rows { (part.pointer + row * part.stride).update(from: start, count: part.columns) }
            multiply(rows, weights, transposed: true, into: part, accumulate: true, roundingInputs: false, on: path)
            loss += block.share * block.targets.objective.differentiate(part, on: path)
            accumulate(part, block.share)
            multiply(
                part, transposed: true, rows, into: slopes.view, alpha: S(block.share), accumulate: index > 0,
                roundingInputs: false, on: path)
        }
    }

    /// Adds a block's part to the intercepts' gradient and to Σ p·(1 − p) of every class, in double precision: so many
    /// small terms would lose half of single precision's digits.
    ///
    /// A residual is p or p − 1, so that its magnitude gives p·(1 − p) as well; the loss has divided it by the rows.
    @specialized(where S == Float)
    @specialized(where S == Double)
    private func accumulate(_ residuals: MatrixView<S>, _ share: Double) {
        let (sums, bends, rows) = (intercepts.elements, bends.elements, Double(residuals.rows))
        for row in 0..<residuals.rows {
            let line = residuals.pointer + row * residuals.stride
            for label in 0..<residuals.columns {
                let residual = Double(line[label])
                let magnitude = abs(residual)
                sums[label] += share * residual
                bends[label] += share * magnitude * (1 - rows * magnitude)
            }
        }
    }
}
