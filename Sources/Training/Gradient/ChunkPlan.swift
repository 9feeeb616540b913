import Numerics
import Probes

/// A stack of heads cut into chunks, each of which goes through a batch together and fits into the memory there is.
struct ChunkPlan {
    /// Heads by their place in the stack; consecutive, in order.
    let chunks: [Range<Int>]
    /// Elements of the largest chunk's slots.
    let extent: Int

    /// Takes as many heads into a chunk as fit, and at least one.
    ///
    /// - Parameters:
    ///   - extents: Elements of the slot of each head.
    ///   - beside: Elements that each head needs elsewhere while its chunk is at work; none by default.
    ///   - limit: Elements that a chunk may take in all.
    init(extents: [Int], beside: [Int]? = nil, limit: Int) {
        var chunks: [Range<Int>] = []
        var (start, used, placed, largest) = (0, 0, 0, 0)
        for (index, extent) in extents.enumerated() {
            let whole = extent + (beside?[index] ?? 0)
            if index > start && used + whole > limit {
                chunks.append(start..<index)
                (start, used, placed) = (index, 0, 0)
            }
            used += whole
            placed += extent
            largest = max(largest, placed)
        }
        if start < extents.count { chunks.append(start..<extents.count) }
        self.chunks = chunks
        self.extent = largest
    }
}
