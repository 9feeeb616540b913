import Features
import Numerics
import Probes
import Units

/// The rows of one task as ridge regression reads them: pooled vectors less their mean over the task, and targets.
final class RidgeSamples: Sendable {
    private let task: FeatureTask
    private let loss: Loss
    private let input: PooledInput
    private let pooled: PooledVectors
    private let path: KernelPath
    private let indicators: [UInt8]
    private let numbers: [Float]
    let width: Int
    /// `[D]`, a function of the task alone.
    let shift: [Double]

    init(_ task: FeatureTask, _ loss: Loss, _ input: PooledInput, _ pooled: PooledVectors, on path: KernelPath) {
        self.task = task
        self.loss = loss
        self.input = input
        self.pooled = pooled
        self.path = path
        indicators = task.indicators
        numbers = task.numbers
        width = input.width(of: pooled.width)
        var sums = [Double](repeating: 0, count: width)
        let vector = Matrix<Float>(rows: 1, columns: width)
        for sample in task.samples {
            pooled.copy(input, ofSample: sample, into: vector.elements)
            for index in 0..<width { sums[index] += Double(vector.elements[index]) }
        }
        withExtendedLifetime(vector) {}
        shift = sums.map { $0 / Double(max(1, task.samples.count)) }
    }

    var outputs: Int { task.outputs }

    /// Rows whose products are summed at once.
    private static let batch = 1920

    /// Bytes of a batch.
    static func batchBytes(width: Int, outputs: Int) -> Int {
        let shapes = batchShapes(rows: batch, width: width, outputs: outputs)
        return shapes.x.bytes(of: Double.self) + shapes.y.bytes(of: Double.self)
    }

    /// X and Y of a batch.
    private static func batchShapes(rows: Int, width: Int, outputs: Int) -> (x: MatrixShape, y: MatrixShape) {
        (MatrixShape(rows: rows, columns: width), MatrixShape(rows: rows, columns: outputs))
    }

    /// - Parameter rows: Of the task, in the order in which they are summed.
    func sums(_ rows: [Int]) -> CrossProducts {
        var sums = CrossProducts(width: width, outputs: outputs)
        let shapes = Self.batchShapes(rows: min(Self.batch, rows.count), width: width, outputs: outputs)
        let (x, y) = (Matrix<Double>(shapes.x), Matrix<Double>(shapes.y))
        let vector = Matrix<Float>(rows: 1, columns: width)
        for first in stride(from: 0, to: rows.count, by: Self.batch) {
            let batch = rows[first..<min(first + Self.batch, rows.count)]
            for (place, row) in batch.enumerated() {
                pooled.copy(input, ofSample: task.samples[row], into: vector.elements)
                let target = x.elements + place * width
                for index in 0..<width { target[index] = Double(vector.elements[index]) - shift[index] }
                write(row, y.row(place))
            }
            sums.add(x.view.rows(0..<batch.count), y.view.rows(0..<batch.count), on: path)
        }
        withExtendedLifetime((x, y, vector)) {}
        sums.mirror()
        return sums
    }

    /// Classes and labels as ±1, numbers as they are.
    private func write(_ row: Int, _ target: UnsafeMutableBufferPointer<Double>) {
        switch loss {
        case .softmax:
            target.update(repeating: -1)
            target[Int(task.labels[row])] = 1
        case .sigmoid:
            for output in target.indices { target[output] = indicators[row * target.count + output] == 1 ? 1 : -1 }
        case .squared, .pairwise: target[0] = Double(numbers[row])
        }
    }

    /// Vectors as they are.
    func features(_ rows: [Int]) -> Matrix<Float> { pooled.matrix(input, samples: rows.map { task.samples[$0] }) }
}
