/// Rows and columns of a matrix that is yet to be made. What allocates matrices and what plans their memory use the same
/// shapes, so that neither changes without the other.
package struct MatrixShape: Hashable, Sendable {
    package let rows, columns: Int

    package init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
    }

    /// Elements of the matrix.
    package var count: Int { rows * columns }

    /// Bytes of a matrix of this shape in memory.
    package func bytes<S: Scalar>(of type: S.Type) -> Int { count * MemoryLayout<S>.stride }

    /// Bytes that the matrix takes of a file.
    package func fileBytes<S: Scalar>(of type: S.Type) -> Int { FileMemory.extent(count, of: type) }
}

extension Matrix {
    /// - Parameter file: Has room for the elements; without it they are allocated.
    package convenience init(_ shape: MatrixShape, in file: FileMemory? = nil) {
        self.init(rows: shape.rows, columns: shape.columns, in: file)
    }
}
