/// A view of a matrix that the caller owns: a pointer, a shape, and the stride of rows.
///
/// Views copy freely and own nothing. The memory must outlive them, and threads that write through views of the same
/// matrix must write to disjoint rows or columns.
package struct MatrixView<S: Scalar>: @unchecked Sendable {
    // Sendable by contract with the caller: the type is two integers and an address, and every function of this module
    // that shares views among threads gives each thread rows of its own.
    package let pointer: UnsafeMutablePointer<S>
    package let rows: Int
    package let columns: Int
    /// Elements between the starts of two consecutive rows.
    package let stride: Int

    package init(pointer: UnsafeMutablePointer<S>, rows: Int, columns: Int, stride: Int? = nil) {
        precondition(rows >= 0 && columns >= 0 && (stride ?? columns) >= columns)
        self.pointer = pointer
        self.rows = rows
        self.columns = columns
        self.stride = stride ?? columns
    }

    package subscript(row: Int, column: Int) -> S {
        get { pointer[row * stride + column] }
        nonmutating set { pointer[row * stride + column] = newValue }
    }

    /// The same columns of some of the rows.
    package func rows(_ range: Range<Int>) -> MatrixView<S> {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
        return MatrixView(
            pointer: pointer + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
    }

    /// The same rows of some of the columns.
    package func columns(_ range: Range<Int>) -> MatrixView<S> {
        precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
        return MatrixView(pointer: pointer + range.lowerBound, rows: rows, columns: range.count, stride: stride)
    }

    /// The elements of one row.
    package func row(_ index: Int) -> UnsafeMutableBufferPointer<S> {
        precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
        return UnsafeMutableBufferPointer(start: pointer + index * stride, count: columns)
    }

    /// Copies the elements of another matrix of the same shape.
    package func copy(from other: MatrixView<S>) {
        precondition(other.rows == rows && other.columns == columns)
        for row in 0..<rows {
            (pointer + row * stride).update(from: other.pointer + row * other.stride, count: columns)
        }
    }

    /// Sets every element to zero.
    package func clear() {
        for row in 0..<rows { (pointer + row * stride).update(repeating: 0, count: columns) }
    }
}
