/// The k most similar candidates of every query, found while similarities stream by.
///
/// Equal similarities are ordered by index, the lowest first.
final class NearestSearch: @unchecked Sendable {
    // Sendable because each query's list is written by one thread.

    /// k, or the number of candidates if that is less.
    let depth: Int
    let queries: [Int]
    private let isCandidate: [Bool]
    private let slotOfRow: [Int32]
    private let indices: UnsafeMutablePointer<Int32>
    private let similarities: UnsafeMutablePointer<Float>

    /// - Parameters:
    ///   - queries: Rows of the task whose neighbours are wanted.
    ///   - candidates: Rows of the task among which they are.
    ///   - rows: Rows of the task in all.
    init(queries: [Int], candidates: [Int], depth: Int, rows: Int) {
        self.queries = queries
        self.depth = min(depth, candidates.count)
        var isCandidate = [Bool](repeating: false, count: rows)
        for row in candidates { isCandidate[row] = true }
        self.isCandidate = isCandidate
        var slotOfRow = [Int32](repeating: -1, count: rows)
        for (slot, row) in queries.enumerated() { slotOfRow[row] = Int32(slot) }
        self.slotOfRow = slotOfRow
        indices = .allocate(capacity: max(queries.count * self.depth, 1))
        similarities = .allocate(capacity: max(queries.count * self.depth, 1))
    }

    deinit {
        indices.deallocate()
        similarities.deallocate()
    }

    /// One neighbour of a query.
    struct Neighbour {
        let row: Int
        let similarity: Float
    }

    /// The neighbours of a query by its place among `queries`, nearest first.
    func neighbours(of query: Int) -> [Neighbour] {
        (0..<depth).map {
            Neighbour(row: Int(indices[query * depth + $0]), similarity: similarities[query * depth + $0])
        }
    }

    /// Takes the similarities of one row to all rows, if the row is a query.
    func search(row: Int, _ similarity: UnsafeMutablePointer<Float>) {
        let slot = Int(slotOfRow[row])
        guard slot >= 0, depth > 0 else { return }
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: max(4 * depth, 512)) { memory in
            var best = BestSimilarities(depth: depth, in: memory)
            isCandidate.withUnsafeBufferPointer { offer(similarity, $0, to: &best) }
            for (place, key) in best.sorted().enumerated() {
                indices[slot * depth + place] = BestSimilarities.index(key)
                similarities[slot * depth + place] = BestSimilarities.similarity(key)
            }
        }
    }

    /// Similarities that are compared at once.
    private static var stride: Int { 32 }

    private func offer(
        _ similarity: UnsafeMutablePointer<Float>, _ isCandidate: UnsafeBufferPointer<Bool>,
        to best: inout BestSimilarities
    ) {
        var first = 0
        while first < isCandidate.count {
            let end = min(first + Self.stride, isCandidate.count)
            if best.isOpen {
                for other in first..<end where isCandidate[other] { best.offer(similarity[other], Int32(other)) }
            } else if end - first < Self.stride || isAny(similarity + first, above: best.limit) {
                for other in first..<end where similarity[other] > best.limit && isCandidate[other] {
                    best.offer(similarity[other], Int32(other))
                }
            }
            first = end
        }
    }

    private func isAny(_ similarities: UnsafeMutablePointer<Float>, above limit: Float) -> Bool {
        let values = UnsafeRawPointer(similarities)
        let left = values.loadUnaligned(as: SIMD16<Float>.self) .> limit
        let right = values.loadUnaligned(fromByteOffset: 64, as: SIMD16<Float>.self) .> limit
        let both = unsafeBitCast(left .| right, to: SIMD16<Int32>.self)
        let half = both.lowHalf | both.highHalf
        let quarter = half.lowHalf | half.highHalf
        return (quarter[0] | quarter[1] | quarter[2] | quarter[3]) != 0
    }
}
