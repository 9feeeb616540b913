import Features
import Numerics
import Probes
import Units

/// The rows of one task as ridge regression reads them: vectors less a shift, and targets.
final class RidgeSamples: Sendable {
    private let task: FeatureTask
    private let loss: Loss
    private let vectors: VectorReader
    private let path: KernelPath
    private let indicators: [UInt8]
    private let numbers: [Float]
    let width: Int
    /// `[D]`: the mean over the task, a function of the task alone; zero for vectors that were prepared, which are centred
    /// by the rows that train and must not depend on others.
    let shift: [Double]

    init(_ task: FeatureTask, _ loss: Loss, _ vectors: VectorReader, on path: KernelPath) {
        self.task = task
        self.loss = loss
        self.vectors = vectors
        self.path = path
        indicators = task.indicators
        numbers = task.numbers
        width = vectors.width
        shift =
            vectors.preparation == nil ? Self.mean(vectors, task.samples) : Array(repeating: 0, count: vectors.width)
    }

    private static func mean(_ vectors: VectorReader, _ samples: [Int]) -> [Double] {
        var sums = [Double](repeating: 0, count: vectors.width)
        for first in stride(from: 0, to: samples.count, by: batch) {
            let matrix = vectors.matrix(Array(samples[first..<min(first + batch, samples.count)]))
            for row in 0..<matrix.rows {
                for (index, value) in matrix.row(row).enumerated() { sums[index] += Double(value) }
            }
        }
        return sums.map { $0 / Double(max(1, samples.count)) }
    }

    var outputs: Int { task.outputs }

    /// Rows whose products are summed at once.
    private static let batch = 1920

    /// Bytes of a batch.
    static func batchBytes(width: Int, outputs: Int) -> Int {
        let shapes = batchShapes(rows: batch, width: width, outputs: outputs)
        return shapes.x.bytes(of: Double.self) + shapes.y.bytes(of: Double.self) + shapes.x.bytes(of: Float.self)
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
        for first in stride(from: 0, to: rows.count, by: Self.batch) {
            let batch = Array(rows[first..<min(first + Self.batch, rows.count)])
            let vectors = features(batch)
            for (place, row) in batch.enumerated() {
                let (source, target) = (vectors.row(place), x.elements + place * width)
                for index in 0..<width { target[index] = Double(source[index]) - shift[index] }
                write(row, y.row(place))
            }
            sums.add(x.view.rows(0..<batch.count), y.view.rows(0..<batch.count), on: path)
        }
        withExtendedLifetime((x, y)) {}
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

    /// Vectors without the shift.
    func features(_ rows: [Int]) -> Matrix<Float> { vectors.matrix(rows.map { task.samples[$0] }) }

    /// What ridge regression loses on each of some rows: the mean over outputs of (s − t)², t being ±1; for numbers the
    /// square of the error in units of σ.
    ///
    /// - Parameter targets: Of the rows that were trained on, which σ is that of.
    func losses(_ scores: [Float], of rows: [Int], _ targets: TrainingTargets) -> [Float]? {
        if loss == .squared { return targets.rowLosses(scores, of: rows) }
        let expected = Matrix<Double>(rows: 1, columns: outputs)
        return rows.enumerated().map { place, row in
            write(row, expected.row(0))
            let squares = (0..<outputs).reduce(0.0) { sum, output in
                let error = Double(scores[place * outputs + output]) - expected[0, output]
                return sum + error * error
            }
            return Float(squares / Double(outputs))
        }
    }
}
