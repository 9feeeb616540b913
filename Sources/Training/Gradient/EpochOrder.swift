import Numerics
import Units

/// The order in which one epoch visits rows.
struct EpochOrder {
    /// Rows of the task, at least as many as the epoch's steps take.
    private(set) var rows: [Int] = []
    /// Where in `rows` what is read together lies, one window behind the other; none where the order is random
    /// throughout.
    private(set) var windows: [Range<Int>] = []

    /// Every row once, in an order drawn over all of them.
    init(shuffling count: Int, by generator: CounterGenerator) {
        rows = generator.permutation(count)
    }

    /// Every row once, the groups in an order drawn over all of them, each group's rows one behind the other.
    init(shuffling groups: [[Int]], by generator: CounterGenerator) {
        rows = generator.permutation(groups.count).flatMap { groups[$0] }
    }

    /// Every row once: blocks in random order, and within a window of blocks single rows, or whole groups.
    ///
    /// - Parameters:
    ///   - groups: What stays together, each with its rows; nil for single rows.
    ///   - count: Rows in all.
    ///   - generator: Draws the order of blocks.
    ///   - mixing: Draws the order within each window.
    init(
        blocks shuffle: BlockShuffle, of groups: [[Int]]?, count: Int, by generator: CounterGenerator,
        mixing: (_ window: Int) -> CounterGenerator
    ) {
        let blocks = Self.blocks(of: groups, count: count, size: shuffle.block)
        let order = generator.permutation(blocks.count)
        rows.reserveCapacity(count)
        for (window, start) in stride(from: 0, to: order.count, by: shuffle.window).enumerated() {
            let parts = order[start..<min(start + shuffle.window, order.count)].flatMap { blocks[$0] }
            let first = rows.count
            for place in mixing(window).permutation(parts.count) {
                if let groups { rows += groups[parts[place]] } else { rows.append(parts[place]) }
            }
            windows.append(first..<rows.count)
        }
    }

    /// Consecutive rows, or groups that have so many rows together.
    private static func blocks(of groups: [[Int]]?, count: Int, size: Int) -> [Range<Int>] {
        guard let groups else {
            return stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
        }
        var blocks: [Range<Int>] = []
        var (start, held) = (0, 0)
        for (index, group) in groups.enumerated() {
            held += group.count
            guard held >= size || index == groups.count - 1 else { continue }
            blocks.append(start..<index + 1)
            (start, held) = (index + 1, 0)
        }
        return blocks
    }

    /// One round behind the other.
    init(joining rounds: [EpochOrder]) {
        for round in rounds {
            windows += round.windows.map { $0.lowerBound + rows.count..<$0.upperBound + rows.count }
            rows += round.rows
        }
    }

    /// The same order of other rows.
    func mapped(_ transform: (Int) -> Int) -> EpochOrder {
        var order = self
        order.rows = rows.map(transform)
        return order
    }
}
