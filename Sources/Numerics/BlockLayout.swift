/// Lays out the parts of one block of memory: one after the other, each at the start of a cache line.
///
/// The same code goes through a layout twice, once to measure (`extent(of:)`) and once over a block of that many
/// elements. So what is planned is what is used. A part that would end beyond the block is never handed out: the process
/// ends before anybody writes there, in release builds too.
package struct BlockLayout<S: Scalar> {
    /// Where the block begins; an address below all memory of a process while the layout is only measured.
    private let base: UnsafeMutablePointer<S>?
    /// Elements of the block; `Int.max` while the layout is only measured.
    private let capacity: Int
    private let isMeasured: Bool
    /// Elements of the parts so far, the gaps up to the next cache line included.
    package private(set) var extent = 0

    /// - Parameter block: Aligned to 64 bytes; must outlive the parts.
    package init(of block: UnsafeMutableBufferPointer<S>) {
        base = block.baseAddress
        capacity = block.count
        isMeasured = false
    }

    /// - Parameter matrix: Must outlive the parts.
    package init(of matrix: Matrix<S>) {
        self.init(of: UnsafeMutableBufferPointer(start: matrix.elements, count: matrix.rows * matrix.columns))
    }

    private init() {
        base = UnsafeMutablePointer(bitPattern: 64)
        capacity = .max
        isMeasured = true
    }

    /// Elements of the block that some parts need.
    ///
    /// - Parameter layOut: Takes the parts. They lie nowhere, so it must not touch them.
    package static func extent(of layOut: (inout Self) -> Void) -> Int {
        var layout = Self()
        layOut(&layout)
        return layout.extent
    }

    /// The next part.
    ///
    /// - Parameters:
    ///   - count: Elements of the part.
    ///   - part: What it is for, for the message if it does not fit.
    @specialized(where S == Float)
    @specialized(where S == Double)
    package mutating func take(_ count: Int, _ part: StaticString) -> UnsafeMutablePointer<S> {
        let start = extent
        let end = start + Self.padded(count)
        guard count >= 0, end <= capacity, let base else { refuse(part, start..<max(start, end)) }
        extent = end
        return isMeasured ? base : base + start
    }

    /// The next part as a matrix.
    @specialized(where S == Float)
    @specialized(where S == Double)
    package mutating func matrix(rows: Int, columns: Int, _ part: StaticString) -> MatrixView<S> {
        MatrixView(pointer: take(rows * columns, part), rows: rows, columns: columns)
    }

    /// The next part as a matrix of bfloat16, in half the memory.
    package mutating func rounded(rows: Int, columns: Int, _ part: StaticString) -> RoundedView where S == Float {
        let memory = UnsafeMutableRawPointer(take((rows * columns + 1) / 2, part))
        // Both types are trivial, and nobody reads this memory as numbers.
        return RoundedView(pointer: memory.assumingMemoryBound(to: UInt16.self), rows: rows, columns: columns)
    }

    /// Up to the next cache line: 16 elements are a whole number of lines for both scalars.
    package static func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 }

    /// A layout that was measured differently from how it is used, which only an error in this program can cause.
    /// `fatalError` prints its message in release builds, a precondition does not.
    @inline(never)
    private func refuse(_ part: StaticString, _ elements: Range<Int>) -> Never {
        let size = MemoryLayout<S>.stride
        fatalError(
            """
            \(part): bytes \(elements.lowerBound * size) to \(elements.upperBound * size) of a block of \
            \(capacity * size) bytes; its layout was measured differently
            """)
    }
}
