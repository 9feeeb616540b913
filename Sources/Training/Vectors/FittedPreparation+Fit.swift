import Numerics
import Probes

extension FittedPreparation {
    /// Fits a preparation to the vectors of the rows that train, `[n, W]`, centred and in double precision.
    ///
    /// - standardise: (x − μ)/σ of each dimension, σ² = (1/n) Σ (x_i − μ)²; a constant dimension is centred alone.
    /// - pca-K: the eigenvectors of S = (1/n) Σ (x_i − μ)(x_i − μ)ᵀ with the K largest eigenvalues λ.
    /// - whiten: all of them, divided by √((1 − ρ)·λ + ρ·m), m = tr S/W. ρ is the shrinkage of Ledoit and Wolf, "A
    ///   well-conditioned estimator for large-dimensional covariance matrices" (2004).
    ///
    /// Directions with an eigenvalue of at most max(n, W)·2⁻⁵² times the largest count as none. Where n ≤ W they are
    /// found by the n × n matrix of inner products instead of S.
    ///
    /// - Throws: `TrainingError` where a vector is not finite.
    convenience init(
        _ preparation: Preparation, fittedTo vectors: Matrix<Float>, width: Int, on path: KernelPath
    ) throws(TrainingError) {
        if preparation == .unitLength {
            self.init(.unitLength, mean: [], gatheredWidth: vectors.columns, width: width)
            return
        }
        let count = vectors.rows * vectors.columns
        guard (0..<count).allSatisfy({ vectors.elements[$0].isFinite }) else { throw Self.refusal(preparation) }
        let centred = CentredVectors(vectors)
        let map: Map
        if preparation.isProjection {
            guard let components = PrincipalComponents(centred, on: path) else { throw Self.refusal(preparation) }
            map = .projection(components.projection(preparation, atMost: width))
        } else {
            map = .scale(centred.inverseDeviations.map(Float.init))
        }
        let rounded = centred.means.map(Float.init)
        let rest = zip(centred.means, rounded).map { Float($0 - Double($1)) }
        self.init(map, mean: rounded + rest, gatheredWidth: vectors.columns, width: width)
    }

    private static func refusal(_ preparation: Preparation) -> TrainingError {
        TrainingError(
            field: "features",
            problem: "\(preparation) cannot be fitted, because pooled features are infinite or not numbers",
            remedy: "look at them with features verify, and import them again")
    }
}

/// Vectors and their mean.
private struct CentredVectors {
    let vectors: Matrix<Float>
    let means: [Double]

    init(_ vectors: Matrix<Float>) {
        self.vectors = vectors
        var sums = [Double](repeating: 0, count: vectors.columns)
        for row in 0..<vectors.rows {
            for (column, value) in vectors.row(row).enumerated() { sums[column] += Double(value) }
        }
        means = sums.map { $0 / Double(max(1, vectors.rows)) }
    }

    /// 1/σ of each dimension, 1 where it is constant but for rounding.
    var inverseDeviations: [Double] {
        let rows = Double(max(1, vectors.rows))
        var squares = [Double](repeating: 0, count: vectors.columns)
        for row in 0..<vectors.rows {
            for (column, value) in vectors.row(row).enumerated() {
                let centred = Double(value) - means[column]
                squares[column] += centred * centred
            }
        }
        return zip(squares, means).map { square, mean in
            let (variance, rounding) = (square / rows, rows * mean * Double.ulpOfOne)
            return variance > rounding * rounding ? 1 / variance.squareRoot() : 1
        }
    }

    /// Rows less their mean, in double precision.
    func rows(_ range: Range<Int>) -> Matrix<Double> {
        let matrix = Matrix<Double>(rows: range.count, columns: vectors.columns)
        for (place, row) in range.enumerated() {
            let target = matrix.row(place)
            for (column, value) in vectors.row(row).enumerated() { target[column] = Double(value) - means[column] }
        }
        return matrix
    }
}

/// The principal components of some vectors.
private struct PrincipalComponents {
    /// λ, falling, of those that are not zero.
    private let values: [Double]
    /// One a row, as many as values.
    private let directions: Matrix<Double>
    /// ρ and m.
    private let shrinkage, meanValue: Double

    private static let block = 1024

    /// Nil where the eigenvalues are not found, which happens to no finite matrix.
    init?(_ centred: CentredVectors, on path: KernelPath) {
        let (rows, width) = (centred.vectors.rows, centred.vectors.columns)
        let isWide = rows <= width
        var fourthPowers = 0.0
        let side = isWide ? rows : width
        let products = Matrix<Double>(rows: side, columns: side)
        let block = isWide ? max(1, rows) : Self.block
        var all: Matrix<Double>?
        for first in stride(from: 0, to: rows, by: block) {
            let part = centred.rows(first..<min(first + block, rows))
            for row in 0..<part.rows {
                let square = part.row(row).reduce(0) { $0 + $1 * $1 }
                fourthPowers += square * square
            }
            multiply(
                part.view, transposed: !isWide, part.view, transposed: isWide, into: products.view,
                alpha: 1 / Double(rows), accumulate: first > 0, on: path)
            all = part
        }
        guard let eigen = SymmetricEigen(products) else { return nil }
        let cutOff = Double(max(rows, width)) * Double.ulpOfOne * max(0, eigen.values.first ?? 0)
        let kept = eigen.values.prefix { $0 > cutOff }
        values = Array(kept)
        directions = isWide ? Self.directions(all, eigen, count: kept.count, width, on: path) : eigen.vectors
        (shrinkage, meanValue) = Self.shrinkage(eigen.values, fourthPowers: fourthPowers, rows: rows, width: width)
    }

    /// Xᵀu/‖Xᵀu‖ of the eigenvectors u of the inner products, each with the sign by which its component of largest
    /// magnitude is positive.
    private static func directions(
        _ centred: Matrix<Double>?, _ eigen: SymmetricEigen, count: Int, _ width: Int, on path: KernelPath
    ) -> Matrix<Double> {
        let directions = Matrix<Double>(rows: count, columns: width)
        guard let centred, count > 0 else { return directions }
        multiply(eigen.vectors.view.rows(0..<count), centred.view, into: directions.view, on: path)
        for index in 0..<count {
            let row = directions.row(index)
            let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let largest = row.reduce(0) { abs($1) > abs($0) ? $1 : $0 }
            let factor = (largest < 0 ? -1 : 1) / length
            for column in row.indices { row[column] *= factor }
        }
        withExtendedLifetime((centred, eigen.vectors)) {}
        return directions
    }

    /// ρ = min(b², d²)/d² with d² = ‖S − mI‖²/W and b² = (1/n²) Σ_i ‖x_i x_iᵀ − S‖²/W, and m.
    private static func shrinkage(
        _ values: [Double], fourthPowers: Double, rows: Int, width: Int
    ) -> (shrinkage: Double, mean: Double) {
        let (n, w) = (Double(rows), Double(max(1, width)))
        let mean = values.reduce(0, +) / w
        let squares = values.reduce(0) { $0 + $1 * $1 }
        let distance = (squares - w * mean * mean) / w
        let noise = max(0, (fourthPowers / n - squares) / (n * w))
        return (distance > 0 ? min(noise, distance) / distance : 0, mean)
    }

    /// P, row-major, of as many rows as there are components, at most so many.
    func projection(_ preparation: Preparation, atMost limit: Int) -> [Float] {
        values.indices.prefix(limit).flatMap { index -> [Float] in
            let shrunk = (1 - shrinkage) * values[index] + shrinkage * meanValue
            let factor = preparation == .whiten ? 1 / shrunk.squareRoot() : 1
            return directions.row(index).map { Float(factor * $0) }
        }
    }
}
