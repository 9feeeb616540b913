import Numerics

/// Rows of one task that a head trains on or is compared on: which they are, and their labels.
///
/// Heads with the same rows share one set, and so the tables that are made of it for every batch.
final class RowSet: Sendable {
    /// The rows, rising.
    let members: [Int]
    private let labels: [Int32]
    private let isMember: [Bool]

    /// - Parameters:
    ///   - rows: Rising.
    ///   - labels: Of all rows of the task.
    init(_ rows: [Int], labels: [Int32]) {
        var isMember = [Bool](repeating: false, count: labels.count)
        for row in rows { isMember[row] = true }
        members = rows
        self.labels = labels
        self.isMember = isMember
    }

    var count: Int { members.count }

    /// Numbers the members among some rows of the task.
    ///
    /// - Parameters:
    ///   - batch: Rows of the task, in the order of the batch.
    ///   - table: For each of them its number, −1 for those that are no members.
    ///   - labels: The label of each number.
    /// - Returns: The number of members.
    func tabulate(
        _ batch: ArraySlice<Int>, into table: UnsafeMutablePointer<Int32>, labels members: UnsafeMutablePointer<Int32>
    ) -> Int {
        var count = 0
        for (position, row) in batch.enumerated() {
            if isMember[row] {
                table[position] = Int32(count)
                members[count] = labels[row]
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
    // Sendable because only the pass's thread loads a batch, while no other thread runs.
    let rows: RowSet
    /// For each position of the batch the row's number among the members, −1 for those that are no members.
    let table: UnsafeMutablePointer<Int32>
    /// The members' labels.
    let labels: UnsafeMutablePointer<Int32>
    private(set) var count = 0

    init(_ rows: RowSet, capacity: Int) {
        self.rows = rows
        table = .allocate(capacity: capacity)
        labels = .allocate(capacity: capacity)
    }

    deinit {
        table.deallocate()
        labels.deallocate()
    }

    func load(_ batch: ArraySlice<Int>) {
        count = rows.tabulate(batch, into: table, labels: labels)
    }
}
