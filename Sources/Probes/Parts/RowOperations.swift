internal import Numerics

/// target ← factor · source, of equal shapes.
@specialized(where S == Float)
func scale<S: Scalar>(_ source: MatrixView<S>, by factor: S, into target: MatrixView<S>) {
    for row in 0..<source.rows {
        let (from, to) = (source.pointer + row * source.stride, target.pointer + row * target.stride)
        for column in 0..<source.columns { to[column] = factor * from[column] }
    }
}

/// Adds a vector to every row.
@specialized(where S == Float)
func addToRows<S: Scalar>(of matrix: MatrixView<S>, _ vector: UnsafeMutableBufferPointer<S>) {
    guard let addend = vector.baseAddress else { return }
    for row in 0..<matrix.rows {
        let elements = matrix.pointer + row * matrix.stride
        for column in 0..<matrix.columns { elements[column] += addend[column] }
    }
}

/// sum ← Σ of the rows, in their order.
@specialized(where S == Float)
func sumRows<S: Scalar>(of matrix: MatrixView<S>, into sum: UnsafeMutableBufferPointer<S>) {
    guard let total = sum.baseAddress else { return }
    total.update(repeating: 0, count: matrix.columns)
    for row in 0..<matrix.rows {
        let elements = matrix.pointer + row * matrix.stride
        for column in 0..<matrix.columns { total[column] += elements[column] }
    }
}

/// target ← target + source, of equal shapes.
@specialized(where S == Float)
func add<S: Scalar>(_ source: MatrixView<S>, to target: MatrixView<S>) {
    for row in 0..<source.rows {
        let (from, to) = (source.pointer + row * source.stride, target.pointer + row * target.stride)
        for column in 0..<source.columns { to[column] += from[column] }
    }
}

/// sum ← sum + Σ of the rows, in their order.
@specialized(where S == Float)
func addRows<S: Scalar>(of matrix: MatrixView<S>, to sum: UnsafeMutableBufferPointer<S>) {
    guard let total = sum.baseAddress else { return }
    for row in 0..<matrix.rows {
        let elements = matrix.pointer + row * matrix.stride
        for column in 0..<matrix.columns { total[column] += elements[column] }
    }
}

/// mean ← the mean of the rows.
@specialized(where S == Float)
func averageRows<S: Scalar>(of matrix: MatrixView<S>, into mean: UnsafeMutableBufferPointer<S>) {
    sumRows(of: matrix, into: mean)
    let inverse = 1 / S(max(matrix.rows, 1))
    for column in mean.indices { mean[column] *= inverse }
}

/// Every row of target ← factor · the one row of source.
@specialized(where S == Float)
func spread<S: Scalar>(_ source: MatrixView<S>, by factor: S, into target: MatrixView<S>) {
    for row in 0..<target.rows {
        let elements = target.pointer + row * target.stride
        for column in 0..<target.columns { elements[column] = factor * source.pointer[column] }
    }
}

extension MatrixView {
    /// The first elements of a single row as a matrix.
    func reshaped(_ rows: Int, _ columns: Int) -> MatrixView<S> {
        precondition(self.rows == 1 && rows * columns <= self.columns, "[\(rows), \(columns)] in \(self.columns)")
        return MatrixView(pointer: pointer, rows: rows, columns: columns)
    }

    /// A row of several concatenated vectors as a matrix with one row for each vector.
    func vectors(_ row: Int, width: Int) -> MatrixView<S> {
        MatrixView(pointer: pointer + row * stride, rows: columns / width, columns: width)
    }

    /// The columns, divided into consecutive parts of these widths.
    func split(_ widths: [Int]) -> [MatrixView<S>] {
        var end = 0
        let parts = widths.map { width in
            defer { end += width }
            return columns(end..<end + width)
        }
        precondition(end == columns, "parts of \(end) columns in all for \(columns)")
        return parts
    }
}
