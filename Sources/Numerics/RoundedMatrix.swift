internal import CKernels

/// A view of a row-major bfloat16 matrix that the caller owns: numbers that every reader would round anyway, in half
/// the memory.
///
/// Threads that write through views of the same matrix must write to disjoint rows or columns.
package struct RoundedView: @unchecked Sendable {
    // Sendable by the contract of `MatrixView`.
    package let pointer: UnsafeMutablePointer<UInt16>
    package let rows: Int
    package let columns: Int
    /// Elements between the starts of two consecutive rows.
    package let stride: Int

    package init(pointer: UnsafeMutablePointer<UInt16>, rows: Int, columns: Int, stride: Int? = nil) {
        precondition(rows >= 0 && columns >= 0 && (stride ?? columns) >= columns)
        self.pointer = pointer
        self.rows = rows
        self.columns = columns
        self.stride = stride ?? columns
    }

    /// The same columns of some of the rows.
    package func rows(_ range: Range<Int>) -> RoundedView {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
        return RoundedView(
            pointer: pointer + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
    }

    /// The same rows of some of the columns.
    package func columns(_ range: Range<Int>) -> RoundedView {
        precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
        return RoundedView(pointer: pointer + range.lowerBound, rows: rows, columns: range.count, stride: stride)
    }

    /// The address of a row.
    func row(_ index: Int) -> UnsafeMutablePointer<UInt16> { pointer + index * stride }

    /// The most terms of a product that is written rounded: sums are not kept in bfloat16.
    package static var deepestProduct: Int { Int(CK_ROUNDED_DEPTH) }

    /// The elements as numbers, row after row.
    package var numbers: [Float] {
        (0..<rows).flatMap { row in
            (0..<columns).map { Float(bitPattern: UInt32(pointer[row * stride + $0]) << 16) }
        }
    }
}

/// Z and ζ, which a candidate's head side and the attention core exchange, rounded to bfloat16: no bit of a result
/// changes if they are used only in products that round their inputs.
package struct RoundedReading: Sendable {
    /// Z: `[n, M · D]`.
    package let pooled: RoundedView
    /// ζ: `[n, M · D]`.
    package let gradient: RoundedView

    package init(pooled: RoundedView, gradient: RoundedView) {
        precondition(pooled.rows == gradient.rows && pooled.columns == gradient.columns)
        self.pooled = pooled
        self.gradient = gradient
    }
}

extension KernelPath {
    /// Whether the attention core can write Z, and read ζ, rounded, for tokens of a type and width.
    package func roundsReadings(of type: TokenType, width: Int) -> Bool {
        type == .bfloat16 && width.isMultiple(of: 2) && roundedKernels != nil
    }

    var roundedKernels: ck_rounded_kernels? { ck_rounded_kernels_for(index)?.pointee }
}

/// C ← A · Bᵀ with A rounded already: the bits of `multiply` of numbers that round to A. A's width is even.
package func multiply(
    _ a: RoundedView, byTransposed b: MatrixView<Float>, into c: MatrixView<Float>, on path: KernelPath
) {
    precondition(a.columns == b.columns && c.rows == a.rows && c.columns == b.rows && a.columns.isMultiple(of: 2))
    kernels(path).multiply_left(
        a.rows, b.rows, a.columns, a.pointer, a.stride, b.pointer, b.stride, 1, c.pointer, c.stride, 0)
}

/// C ← Aᵀ · B, or added to C, with B rounded already: the bits of `multiply` of numbers that round to B.
package func multiply(
    transposed a: MatrixView<Float>, _ b: RoundedView, into c: MatrixView<Float>, accumulate: Bool = false,
    on path: KernelPath
) {
    precondition(a.rows == b.rows && c.rows == a.columns && c.columns == b.columns)
    kernels(path).multiply_right(
        a.columns, b.columns, a.rows, a.pointer, a.stride, 1, b.pointer, b.stride, c.pointer, c.stride,
        accumulate ? 1 : 0)
}

/// C ← A · B, rounded: what `multiply` gives, rounded. A's width is at most `RoundedView.deepestProduct`.
package func multiply(_ a: MatrixView<Float>, _ b: MatrixView<Float>, into c: RoundedView, on path: KernelPath) {
    precondition(a.columns == b.rows && c.rows == a.rows && c.columns == b.columns)
    precondition(a.columns <= RoundedView.deepestProduct)
    kernels(path).multiply_into(
        a.rows, b.columns, a.columns, a.pointer, a.stride, b.pointer, b.stride, c.pointer, c.stride)
}

private func kernels(_ path: KernelPath) -> ck_rounded_kernels {
    guard let kernels = path.roundedKernels else {
        preconditionFailure("\(path.rawValue) has no products of rounded matrices")
    }
    return kernels
}
