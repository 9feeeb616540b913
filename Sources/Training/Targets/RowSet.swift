/// Rows of one task that a head is trained or compared on, with their targets.
///
/// Heads with the same rows share one set, and thus its tables for every batch.
final class RowSet: Sendable {
    /// The rows, ascending.
    let members: [Int]
    /// Nil if heads only predict.
    let targets: TrainingTargets?
    /// Vectors that were prepared for the heads that read them; nil where they read what was gathered.
    let vectors: VectorTable?
    private let isMember: [Bool]

    /// - Parameters:
    ///   - rows: Ascending.
    ///   - total: Rows of the task.
    init(_ rows: [Int], of total: Int, targets: TrainingTargets? = nil, vectors: VectorTable? = nil) {
        var isMember = [Bool](repeating: false, count: total)
        for row in rows { isMember[row] = true }
        members = rows
        self.targets = targets
        self.vectors = vectors
        self.isMember = isMember
    }

    var count: Int { members.count }

    /// Numbers the members among some rows of the task.
    ///
    /// - Parameters:
    ///   - batch: Rows of the task, in the order of the batch.
    ///   - table: For each of them its number, −1 for non-members.
    ///   - members: The row of each number.
    /// - Returns: The number of members.
    func tabulate(
        _ batch: ArraySlice<Int>, into table: UnsafeMutablePointer<Int32>, members: UnsafeMutablePointer<Int32>
    ) -> Int {
        var count = 0
        for (position, row) in batch.enumerated() {
            if isMember[row] {
                table[position] = Int32(count)
                members[count] = Int32(row)
                count += 1
            } else {
                table[position] = -1
            }
        }
        return count
    }
}

/// One row set's part of one batch.
final class BatchRows: @unchecked Sendable {
    // Sendable because a batch is loaded by one thread, while no other reads it.
    let rows: RowSet
    /// For each position of the batch the row's number among the members, −1 for non-members.
    let table: UnsafeMutablePointer<Int32>
    private let members: UnsafeMutablePointer<Int32>
    private(set) var count = 0
    /// The targets of the members, for heads that train.
    let targets: BatchTargets?

    init(_ rows: RowSet, capacity: Int) {
        self.rows = rows
        table = .allocate(capacity: capacity)
        members = .allocate(capacity: capacity)
        targets = rows.targets.map { BatchTargets($0, capacity: capacity) }
    }

    deinit {
        table.deallocate()
        members.deallocate()
    }

    func load(_ batch: ArraySlice<Int>) {
        count = rows.tabulate(batch, into: table, members: members)
        targets?.load(UnsafeBufferPointer(start: members, count: count))
    }
}
