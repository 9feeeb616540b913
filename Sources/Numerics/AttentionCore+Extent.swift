extension AttentionCore {
    /// Elements that a core keeps, at most, for one segment among others: its packed queries, and a part of its
    /// gradients for every block of the batch. Segments that share panels take less together.
    ///
    /// - Parameters:
    ///   - queries: M.
    ///   - extraTokens: E.
    ///   - width: D.
    package static func sharedExtent(queries: Int, extraTokens: Int, width: Int) -> Int {
        BlockLayout<S>.extent { layout in
            _ = layout.packedQueries(panels: panels(queries), width: width)
            _ = layout.partials(blocks: gradientBlocks, rows: queries + extraTokens, width: width)
        }
    }

    /// Elements that each thread needs for one sample, at most.
    ///
    /// - Parameters:
    ///   - queries: M of the largest segment.
    ///   - tokens: T of the longest sample, with the extra tokens.
    ///   - width: D.
    package static func scratchExtent(queries: Int, tokens: Int, width: Int) -> Int {
        // Segments share panels up to a number; one with more has a group of its own.
        let panels = max(panels(queries), CKPanel.largestGroup)
        return ScratchExtent<S>(lanes: panels * CKPanel.lanes, tokens: tokens, width: width).total
    }

    private static func panels(_ queries: Int) -> Int { (queries + CKPanel.lanes - 1) / CKPanel.lanes }
}
