import Numerics

extension FeatureTask {
    /// The task with a stated number of negatives for each positive, drawn group by group.
    ///
    /// A group with p positives and q negatives contributes min(p, ⌊q / negatives⌋) of its positives and `negatives`
    /// times as many of its negatives, so that the ratio is exact in each group and in any union of groups; a group
    /// without enough negatives for one positive is left out.
    ///
    /// - Parameters:
    ///   - negatives: for each positive, at least 1.
    ///   - seed: of the draw; the same rows for the same task and seed.
    /// - Returns: nil for a task whose targets are not yes or no, and if no row would be left. Rows without groups are
    ///   one group.
    package func sampled(negatives: Int, seed: Int) -> FeatureTask? {
        precondition(negatives >= 1, "\(negatives) negatives for each positive")
        guard case .classes(let labels) = targets, kind == .binary || kind == .retrieval else { return nil }
        let members = Dictionary(grouping: labels.indices) { groups?[$0] ?? 0 }
        var kept: [Int] = []
        for (group, rows) in members {
            let (positive, negative) = (rows.filter { labels[$0] == 1 }, rows.filter { labels[$0] == 0 })
            let count = min(positive.count, negative.count / negatives)
            kept += Self.drawn(count, of: positive, group: group, purpose: 1, seed: seed)
            kept += Self.drawn(count * negatives, of: negative, group: group, purpose: 0, seed: seed)
        }
        guard !kept.isEmpty else { return nil }
        var task = selecting(kept.sorted())
        task.name = "\(name) 1:\(negatives) seed \(seed)"
        return task
    }

    private static func drawn(_ count: Int, of rows: [Int], group: Int32, purpose: UInt64, seed: Int) -> [Int] {
        let stream = 3 << 40 | purpose << 32 | UInt64(UInt32(bitPattern: group))
        let order = CounterGenerator(key: UInt64(bitPattern: Int64(seed)), stream: stream).permutation(rows.count)
        return order.prefix(count).map { rows[$0] }
    }
}
