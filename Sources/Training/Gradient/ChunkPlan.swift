import Numerics
import Probes

/// A stack of heads cut into chunks, each of which goes through a batch together and fits into the memory there is.
struct ChunkPlan {
    /// Heads by their place in the stack; consecutive, in order.
    let chunks: [Range<Int>]
    /// Elements of the largest chunk's slots.
    let extent: Int
    /// Elements that the heads of a chunk need elsewhere at most.
    let beside: Int

    /// Takes as many heads into a chunk as fit, and at least one.
    ///
    /// - Parameters:
    ///   - extents: Elements of the slot of each head.
    ///   - beside: Elements that each head needs elsewhere while its chunk is at work; none by default.
    ///   - limit: Elements that a chunk may take in all.
    ///   - besideLimit: Elements that a chunk may take beside its slots, where those are bounded by themselves.
    init(extents: [Int], beside: [Int]? = nil, limit: Int, besideLimit: Int? = nil) {
        var chunks: [Range<Int>] = []
        var (start, placed, others, largest, widest) = (0, 0, 0, 0, 0)
        for (index, extent) in extents.enumerated() {
            let other = beside?[index] ?? 0
            let isFull =
                if let besideLimit {
                    placed + extent > limit || others + other > besideLimit
                } else {
                    placed + extent + others + other > limit
                }
            if index > start && isFull {
                chunks.append(start..<index)
                (start, placed, others) = (index, 0, 0)
            }
            placed += extent
            others += other
            largest = max(largest, placed)
            widest = max(widest, others)
        }
        if start < extents.count { chunks.append(start..<extents.count) }
        self.chunks = chunks
        self.extent = largest
        self.beside = widest
    }
}
