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
    ///   - limit: Elements that a chunk may take.
    init(extents: [Int], limit: Int) {
        var chunks: [Range<Int>] = []
        var (start, used, largest) = (0, 0, 0)
        for (index, extent) in extents.enumerated() {
            if index > start && used + extent > limit {
                chunks.append(start..<index)
                (start, used) = (index, 0)
            }
            used += extent
            largest = max(largest, used)
        }
        if start < extents.count { chunks.append(start..<extents.count) }
        self.chunks = chunks
        self.extent = largest
    }
}
