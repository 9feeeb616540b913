import Features
import Numerics
import Probes
import Units

/// The vectors of samples as one head reads them: as they were gathered, or prepared by what was fitted on the rows that
/// the head trains on.
struct VectorReader: Sendable {
    private let pooled: PooledVectors
    private let input: PooledInput
    private let path: KernelPath
    /// Nil for vectors as they are.
    let preparation: FittedPreparation?

    init(_ pooled: PooledVectors, _ input: PooledInput, _ preparation: FittedPreparation?, on path: KernelPath) {
        self.pooled = pooled
        self.input = input
        self.preparation = preparation
        self.path = path
    }

    /// Of a vector.
    var width: Int { input.width(of: pooled.width) }

    /// The vectors of some samples, in their order.
    func matrix(_ samples: [Int]) -> Matrix<Float> {
        let gathered: Matrix<Float> = pooled.matrix(input, samples: samples)
        return preparation?.apply(to: gathered, on: path) ?? gathered
    }
}

extension PassContext {
    /// The vectors of a unit's task, prepared by the rows of the task that a head trains on.
    ///
    /// - Throws: `TrainingError` where the preparation cannot be fitted.
    func vectors(
        _ pooled: PooledVectors, _ input: PooledInput, of unit: PreparedUnit, trainedOn rows: [Int]
    ) throws(TrainingError) -> VectorReader {
        guard let preparation = input.preparation else { return VectorReader(pooled, input, nil, on: path) }
        let key = PreparationCache.Key(unit, input, trainedOn: rows)
        let fitted = try preparations.preparation(key) { () throws(TrainingError) in
            try FittedPreparation(
                preparation, fittedTo: pooled.matrix(input, samples: unit.samples(key.rows)),
                width: input.width(of: pooled.width), on: path)
        }
        return VectorReader(pooled, input, fitted, on: path)
    }
}

extension PreparedUnit {
    /// Bytes that preparing vectors takes while it goes on: the rows as they are and in double precision, the products
    /// of dimensions or of rows, and their eigenvectors with what is computed on the way.
    func preparationBytes(_ input: PooledInput) -> Int {
        guard let preparation = input.preparation else { return 0 }
        let gathered = input.gatheredWidth(of: probe.shape.width)
        // A table that is read batch by batch has all rows of the task.
        let rows = task.samples.count
        let side = min(gathered, rows)
        let wide = min(rows, 1024) * gathered + (preparation.isProjection ? 6 * side * side + side * gathered : 0)
        let kept = FittedPreparation.bytes(preparation, gathered: gathered, width: input.width(of: probe.shape.width))
        return rows * gathered * MemoryLayout<Float>.size + wide * MemoryLayout<Double>.size + 2 * kept
    }
}

/// The prepared vectors of all samples of a task, for heads that read them batch by batch.
final class VectorTable: @unchecked Sendable {
    // Sendable because nothing is written after `init`.
    private let places: [Int: Int]
    private let vectors: Matrix<Float>
    let preparation: FittedPreparation?

    /// - Parameter samples: Of the layer.
    init(_ reader: VectorReader, samples: [Int]) {
        places = Dictionary(
            samples.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
        vectors = reader.matrix(samples)
        preparation = reader.preparation
    }

    /// Copies the vector of a sample.
    func copy(ofSample sample: Int, into target: UnsafeMutablePointer<Float>) {
        guard let place = places[sample] else { preconditionFailure("sample \(sample) was not gathered") }
        target.update(from: vectors.elements + place * vectors.columns, count: vectors.columns)
    }
}
