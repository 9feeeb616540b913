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
        var heap = NeighbourHeap(
            indices: indices + slot * depth, similarities: similarities + slot * depth, capacity: depth)
        isCandidate.withUnsafeBufferPointer { isCandidate in
            var first = 0
            while first < isCandidate.count {
                let end = min(first + Self.stride, isCandidate.count)
                // Once the list is full, few similarities are above its worst.
                if !heap.isFull || end - first < Self.stride || isAny(similarity + first, above: heap.worst) {
                    for other in first..<end where isCandidate[other] && heap.accepts(similarity[other]) {
                        heap.insert(Int32(other), similarity[other])
                    }
                }
                first = end
            }
        }
        heap.sort()
    }
}

extension NearestSearch {
    /// Similarities that are compared at once.
    private static var stride: Int { 32 }

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

/// The best so far, the worst of them on top: a binary heap in the caller's memory.
private struct NeighbourHeap {
    let indices: UnsafeMutablePointer<Int32>
    let similarities: UnsafeMutablePointer<Float>
    let capacity: Int
    private var count = 0

    init(indices: UnsafeMutablePointer<Int32>, similarities: UnsafeMutablePointer<Float>, capacity: Int) {
        self.indices = indices
        self.similarities = similarities
        self.capacity = capacity
    }

    var isFull: Bool { count == capacity }
    /// Of a list that is full.
    var worst: Float { similarities[0] }

    /// Whether a later index with this similarity belongs to the best. NaN never does while there are others.
    func accepts(_ similarity: Float) -> Bool {
        count < capacity || similarity > similarities[0]
    }

    mutating func insert(_ index: Int32, _ similarity: Float) {
        if count < capacity {
            (indices[count], similarities[count]) = (index, similarity)
            count += 1
            rise(from: count - 1)
        } else {
            (indices[0], similarities[0]) = (index, similarity)
            sink(from: 0, count: count)
        }
    }

    /// Nearest first: takes the worst to the end, again and again.
    mutating func sort() {
        for last in stride(from: count - 1, to: 0, by: -1) {
            swap(0, last)
            sink(from: 0, count: last)
        }
    }

    /// Whether place a must be nearer to the top than place b: less similar, or as similar with a higher index.
    private func isWorse(_ a: Int, _ b: Int) -> Bool {
        similarities[a] != similarities[b] ? similarities[a] < similarities[b] : indices[a] > indices[b]
    }

    private func swap(_ a: Int, _ b: Int) {
        (indices[a], indices[b]) = (indices[b], indices[a])
        (similarities[a], similarities[b]) = (similarities[b], similarities[a])
    }

    private func rise(from place: Int) {
        var place = place
        while place > 0 && isWorse(place, (place - 1) / 2) {
            swap(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private func sink(from place: Int, count: Int) {
        var place = place
        while 2 * place + 1 < count {
            var child = 2 * place + 1
            if child + 1 < count && isWorse(child + 1, child) { child += 1 }
            guard isWorse(child, place) else { return }
            swap(place, child)
            place = child
        }
    }
}
