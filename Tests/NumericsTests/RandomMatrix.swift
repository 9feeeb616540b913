import Numerics

/// A matrix of reproducible normal numbers.
func normalMatrix<S: Scalar>(_ rows: Int, _ columns: Int, seed: UInt64, scale: Double = 1) -> Matrix<S> {
    let generator = CounterGenerator(key: seed, stream: 99)
    let matrix = Matrix<S>(rows: rows, columns: columns)
    for index in 0..<(rows * columns) { matrix.elements[index] = S(scale * generator.normal(at: UInt64(index))) }
    return matrix
}

extension Matrix {
    /// Every element, row by row.
    var values: [S] { Array(UnsafeBufferPointer(start: elements, count: rows * columns)) }
}

/// The largest |got − wanted| over the largest |wanted|.
func relativeError<S: Scalar>(_ got: [S], _ wanted: [Double]) -> Double {
    let largest = wanted.reduce(1e-300) { max($0, abs($1)) }
    return zip(got, wanted).reduce(0) { worst, pair in
        let difference = abs(Double(pair.0) - pair.1)
        return difference.isNaN ? .infinity : max(worst, difference / largest)
    }
}
