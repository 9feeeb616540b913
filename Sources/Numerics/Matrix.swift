internal import Foundation

/// A row-major matrix that owns its memory, or a part of a file's: 64-byte aligned, zero-initialised, contiguous.
///
/// Not `Sendable`: code that hands rows to several threads does so through `MatrixView` and guarantees that they are
/// disjoint.
package final class Matrix<S: Scalar> {
    package let rows: Int
    package let columns: Int
    /// `rows · columns` elements.
    package let elements: UnsafeMutablePointer<S>
    /// The file with the elements, if the matrix does not own them.
    private let file: FileMemory?
    private let pages: SystemPages?

    /// - Parameter file: Memory for the elements; allocated if nil.
    package init(rows: Int, columns: Int, in file: FileMemory? = nil) {
        precondition(rows >= 0 && columns >= 0, "a matrix of \(rows) × \(columns)")
        self.rows = rows
        self.columns = columns
        self.file = file
        if let file {
            elements = file.take(rows * columns, of: S.self)
            pages = nil
            return
        }
        // All bytes zero is the number zero.
        let bytes = rows * columns * MemoryLayout<S>.stride
        pages = SystemPages(bytes: bytes)
        if let pages {
            elements = pages.base.bindMemory(to: S.self, capacity: rows * columns)
        } else {
            elements = allocateAligned(rows * columns, of: S.self)
            memset(elements, 0, bytes)
        }
    }

    /// The matrix with these rows, all of the same length.
    package convenience init(_ rows: [[S]]) {
        self.init(rows: rows.count, columns: rows.first?.count ?? 0)
        for (index, row) in rows.enumerated() {
            precondition(row.count == columns, "row \(index) has \(row.count) elements, the first has \(columns)")
            _ = self.row(index).update(fromContentsOf: row)
        }
    }

    deinit {
        if file == nil && pages == nil { elements.deallocate() }
    }

    package subscript(row: Int, column: Int) -> S {
        get {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns)
            return elements[row * columns + column]
        }
        set {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns)
            elements[row * columns + column] = newValue
        }
    }

    /// A view of the whole matrix, which must not outlive it.
    package var view: MatrixView<S> {
        MatrixView(pointer: elements, rows: rows, columns: columns)
    }

    package func row(_ index: Int) -> UnsafeMutableBufferPointer<S> {
        precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
        return UnsafeMutableBufferPointer(start: elements + index * columns, count: columns)
    }

    package func fill(_ value: S) {
        elements.update(repeating: value, count: rows * columns)
    }

    /// A copy of the matrix.
    package func copy() -> Matrix<S> {
        let copy = Matrix(rows: rows, columns: columns)
        copy.elements.update(from: elements, count: rows * columns)
        return copy
    }
}

/// Memory aligned to a cache line, so that vector loads of 64 bytes never cross one.
func allocateAligned<T>(_ count: Int, of type: T.Type) -> UnsafeMutablePointer<T> {
    UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * MemoryLayout<T>.stride, alignment: 64)
        .bindMemory(to: T.self, capacity: max(count, 1))
}
