import Numerics

/// The best keys for each of many queries. Candidates accumulate in a list, and each time it is full the worst are
/// dropped, so that most similarities cost one comparison with the list's limit.
///
/// After m of n candidates the k best of all are to be expected among the k·m/n best so far, and a list that keeps only
/// those, with four standard deviations to spare, takes a third of the keys. What a list then holds is still right if
/// it ends with k keys or more: nothing better than any of them was dropped. Else it `isIncomplete`, and its query is
/// to be searched again by lists that do not expect.
///
/// The best do not depend on the order in which keys are offered, since no two keys are equal.
struct NeighbourLists: @unchecked Sendable {
    // Sendable because the two who share lists see to it that each is written by one thread at a time.

    /// How many are wanted of each list, and out of how many.
    let depth, candidates: Int
    private let expects: Bool
    private let capacity: Int
    private let heads: UnsafeMutablePointer<Head>
    private let keys: UnsafeMutablePointer<NeighbourKey>

    private struct Head {
        /// A key that is not below this one is not among the best.
        var limit = NeighbourKey.max
        var count: Int32 = 0
        /// Keys with which the list is full.
        var full: Int32
    }

    init(count: Int, depth: Int, candidates: Int, expects: Bool) {
        self.depth = depth
        self.candidates = candidates
        self.expects = expects
        capacity = Self.capacity(depth: depth)
        keys = .allocate(capacity: max(1, count * capacity))
        heads = .allocate(capacity: max(1, count))
        heads.initialize(repeating: Head(full: Int32(expects ? Self.shortest : capacity)), count: count)
    }

    func deallocate() {
        keys.deallocate()
        heads.deallocate()
    }

    private static let shortest = 64

    private static func capacity(depth: Int) -> Int { max(2 * depth, shortest) }

    /// Bytes of one list.
    static func bytes(depth: Int) -> Int {
        capacity(depth: depth) * MemoryLayout<NeighbourKey>.size + MemoryLayout<Head>.size
    }

    /// A similarity below this one is not among the best; −∞ while everything is.
    func limit(of list: Int) -> Float { heads[list].limit == .max ? -.infinity : heads[list].limit.similarity }

    /// Whether the list is now full.
    func offer(_ key: NeighbourKey, to list: Int) -> Bool {
        let head = heads + list
        guard key < head.pointee.limit else { return false }
        keys[list &* capacity &+ Int(head.pointee.count)] = key
        head.pointee.count &+= 1
        return head.pointee.count == head.pointee.full
    }

    /// Makes room in a list that is full.
    ///
    /// - Parameter seen: Candidates among which its keys are the best.
    func makeRoom(in list: Int, seen: Int) {
        var kept = depth
        if expects {
            let expected = Double(depth) * min(1, Double(seen) / Double(candidates))
            kept = min(depth, Int(expected + 4 * expected.squareRoot()) + 2)
        }
        if kept < heads[list].count { keep(kept, of: list) }
        heads[list].full = Int32(expects ? min(capacity, max(Self.shortest, 2 * kept)) : capacity)
    }

    /// Leaves the best, nearest first: as many as are wanted, or as were offered. The list takes no more keys
    /// afterwards.
    func sort(_ list: Int) {
        if heads[list].count > depth { keep(depth, of: list) }
        var best = UnsafeMutableBufferPointer(start: keys + list * capacity, count: Int(heads[list].count))
        best.sort()
    }

    /// Whether keys were dropped that belong to the best.
    func isIncomplete(_ list: Int) -> Bool { heads[list].count < min(depth, candidates) }

    /// What `sort` left.
    func best(_ list: Int) -> UnsafeBufferPointer<NeighbourKey> {
        UnsafeBufferPointer(start: keys + list * capacity, count: Int(heads[list].count))
    }

    /// Takes what others of the same depth found out for the same question.
    func replace(_ list: Int, by other: NeighbourLists, _ otherList: Int) {
        let best = other.best(otherList)
        heads[list].count = Int32(best.count)
        for (index, key) in best.enumerated() { keys[list * capacity + index] = key }
    }

    private func keep(_ count: Int, of list: Int) {
        let keys = keys + list * capacity
        bringLeastToFront(keys, count: Int(heads[list].count), least: count)
        heads[list].count = Int32(count)
        heads[list].limit = keys[count - 1]
    }
}
