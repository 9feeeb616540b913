import Numerics

/// Scales every row to length 1; a row of zeros stays one.
func normalizeRows(_ features: Matrix<Float>, on path: KernelPath) {
    for index in 0..<features.rows {
        let row = features.row(index)
        let start = UnsafePointer(features.elements + index * features.columns)
        let length = Float(sumOfSquares(start, count: row.count, on: path).squareRoot())
        guard length > 0 else { continue }
        for column in row.indices { row[column] /= length }
    }
}
