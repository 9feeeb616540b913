import Numerics
import Probes

/// A preparation of vectors, as some rows made it.
///
/// What it is applied with is kept in single precision, as exported heads have it, the mean as a rounded number and the
/// rest; it is applied in double precision.
final class FittedPreparation: Sendable {
    enum Map: Sendable {
        /// x/‖x‖; zero stays zero.
        case unitLength
        /// (x − μ) ⊙ factors, `[W]`.
        case scale([Float])
        /// P (x − μ), P `[K, W]`, row-major.
        case projection([Float])
    }

    let map: Map
    /// μ as two rows of W numbers, the second what the first lacks; empty where nothing is subtracted.
    let mean: [Float]
    /// W, of a vector before.
    let gatheredWidth: Int
    /// Of a vector afterwards. Beyond the directions in which the rows differ it is zero.
    let width: Int

    init(_ map: Map, mean: [Float], gatheredWidth: Int, width: Int) {
        self.map = map
        self.mean = mean
        self.gatheredWidth = gatheredWidth
        self.width = width
    }

    /// Principal components that are not zero; nil for other maps.
    var components: Int? {
        guard case .projection(let values) = map else { return nil }
        return values.count / max(1, gatheredWidth)
    }

    /// Bytes that it keeps.
    static func bytes(_ preparation: Preparation, gathered: Int, width: Int) -> Int {
        (2 * gathered + (preparation.isProjection ? gathered * width : gathered)) * MemoryLayout<Float>.size
    }

    /// Bytes that the preparation of an input keeps.
    static func bytes(_ input: PooledInput, tokenWidth: Int) -> Int {
        guard let preparation = input.preparation else { return 0 }
        return bytes(
            preparation, gathered: input.gatheredWidth(of: tokenWidth), width: input.width(of: tokenWidth))
    }

    /// The vectors `[n, width]` of others `[n, W]`; each depends on its own row alone.
    func apply(to vectors: Matrix<Float>, on path: KernelPath) -> Matrix<Float> {
        switch map {
        case .unitLength: Self.scaledToUnitLength(vectors)
        case .scale(let factors): scaled(vectors, factors)
        case .projection(let values): projected(vectors, values, on: path)
        }
    }

    private static func scaledToUnitLength(_ vectors: Matrix<Float>) -> Matrix<Float> {
        let result = vectors.copy()
        for index in 0..<vectors.rows {
            let row = result.row(index)
            let length = row.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            guard !(length <= 0) else { continue }
            for column in row.indices { row[column] = Float(Double(row[column]) / length) }
        }
        return result
    }

    private func scaled(_ vectors: Matrix<Float>, _ factors: [Float]) -> Matrix<Float> {
        let result = Matrix<Float>(rows: vectors.rows, columns: vectors.columns)
        for index in 0..<vectors.rows {
            let (row, target) = (vectors.row(index), result.row(index))
            for column in row.indices {
                target[column] = Float(centred(row[column], column) * Double(factors[column]))
            }
        }
        return result
    }

    /// Rows of a block, so that no more than a block exists in double precision.
    private static let block = 512

    private func projected(_ vectors: Matrix<Float>, _ values: [Float], on path: KernelPath) -> Matrix<Float> {
        let kept = components ?? 0
        let result = Matrix<Float>(rows: vectors.rows, columns: width)
        guard kept > 0 else { return result }
        let projection = Matrix<Double>(rows: kept, columns: gatheredWidth)
        for index in values.indices { projection.elements[index] = Double(values[index]) }
        let size = min(Self.block, max(1, vectors.rows))
        let wide = Matrix<Double>(rows: size, columns: gatheredWidth)
        let products = Matrix<Double>(rows: size, columns: kept)
        for first in stride(from: 0, to: vectors.rows, by: size) {
            let count = min(size, vectors.rows - first)
            for place in 0..<count {
                let (row, target) = (vectors.row(first + place), wide.row(place))
                for column in row.indices { target[column] = centred(row[column], column) }
            }
            multiply(
                wide.view.rows(0..<count), projection.view, transposed: true, into: products.view.rows(0..<count),
                on: path)
            for place in 0..<count {
                for (column, value) in products.row(place).enumerated() { result[first + place, column] = Float(value) }
            }
        }
        withExtendedLifetime((wide, projection)) {}
        return result
    }

    private func centred(_ value: Float, _ column: Int) -> Double {
        Double(value) - Double(mean[column]) - Double(mean[gatheredWidth + column])
    }
}
