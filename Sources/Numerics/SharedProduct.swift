internal import CKernels

extension ThreadPool {
    /// Runs a body in which the pool's threads share every large product of the calling thread.
    ///
    /// For loops with fewer iterations than there are threads, where `forEach` would leave threads idle. The body must
    /// not be inside a `forEach` of this pool.
    package func sharingProducts<Result>(_ body: () -> Result) -> Result {
        threads > 1 ? SharedProduct.$pool.withValue(self, operation: body) : body()
    }
}

/// Calls the body once for each index in 0..<count: on the threads that share the calling thread's products, whole
/// iterations to each, or on the calling thread alone.
///
/// For many products that are too small to share. Iterations must write to disjoint memory.
package func forEachSharing(_ count: Int, _ body: @Sendable (Int) -> Void) {
    guard let pool = SharedProduct.pool, count > 1 else {
        for index in 0..<count { body(index) }
        return
    }
    // Products within an iteration are not shared again.
    SharedProduct.$pool.withValue(nil) { pool.forEach(count, body) }
}

/// A product whose C is divided into blocks of rows or columns, one for each thread. No bit depends on the division,
/// since each element of C is computed from its own row and column only.
struct SharedProduct {
    /// The pool that shares the calling thread's products, if any.
    @TaskLocal static var pool: ThreadPool?

    /// Multiply–accumulates below which waking a thread costs more than it saves.
    private static func smallest(roundingInputs: Bool) -> Int { roundingInputs ? 8 << 20 : 1 << 20 }

    let blocks: [Block]

    /// A part of C.
    struct Block {
        let rows: Range<Int>
        let columns: Range<Int>
    }

    /// Nil for a product that is too small to share.
    init?(m: Int, n: Int, k: Int, roundingInputs: Bool, threads: Int) {
        guard m * n * k >= Self.smallest(roundingInputs: roundingInputs) else { return nil }
        // Blocks are whole vectors wide and whole tiles high.
        let (columns, rows) = (Self.cut(n, into: threads, unit: 16), Self.cut(m, into: threads, unit: 8))
        let columnBalance = Double(n) / Double(threads * (columns.first?.count ?? n))
        let rowBalance = Double(m) / Double(threads * (rows.first?.count ?? m))
        // Every block of rows would pack all of B again; blocks of columns avoid that.
        if columnBalance >= 0.9 * rowBalance {
            blocks = columns.map { Block(rows: 0..<m, columns: $0) }
        } else {
            blocks = rows.map { Block(rows: $0, columns: 0..<n) }
        }
    }

    private static func cut(_ count: Int, into parts: Int, unit: Int) -> [Range<Int>] {
        let length = max(unit, ((count + parts - 1) / parts + unit - 1) / unit * unit)
        return stride(from: 0, to: count, by: length).map { $0..<min($0 + length, count) }
    }
}
