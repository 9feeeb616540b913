extension AttentionCore {
    /// Elements that a core keeps, at most, for one segment among others: its packed queries, and a part of its
    /// gradients for every block of the batch.
    ///
    /// - Parameters:
    ///   - queries: M.
    ///   - extraTokens: E.
    ///   - width: D.
    package static func sharedExtent(queries: Int, extraTokens: Int, width: Int) -> Int {
        let lanes = paddedLanes(queries)
        let partials = gradientBlocks * (queries + extraTokens) * width
        return lanes * (width + 1) + partials + 2 * CKPanel.lanes
    }

    /// Elements that each thread needs for one sample, at most.
    ///
    /// - Parameters:
    ///   - queries: M of the largest segment.
    ///   - tokens: T of the longest sample, with the extra tokens.
    ///   - width: D.
    package static func scratchExtent(queries: Int, tokens: Int, width: Int) -> Int {
        // Segments share panels up to a number of lanes; one with more has a group of its own.
        let lanes = paddedLanes(max(queries, CKPanel.largestGroup * CKPanel.lanes))
        let blockedWidth = (width + 31) / 32 * 32
        let forms = 2 * tokens * blockedWidth
        // Attention, its gradient, folded weights, and one more that kernels pack for themselves.
        let weights = 4 * lanes * (tokens + 1)
        let pointers = 3 * lanes * MemoryLayout<UnsafeRawPointer>.size / MemoryLayout<S>.size
        return forms + weights + lanes * (width + 1) + 2 * tokens + pointers
    }

    private static func paddedLanes(_ queries: Int) -> Int {
        (queries + CKPanel.lanes - 1) / CKPanel.lanes * CKPanel.lanes
    }
}
