internal import CKernels

/// Segments whose queries share panels: they train on the same rows of the batch and see the same tokens.
struct AttentionGroup<S: Scalar>: Sendable {
    /// One query of one segment.
    struct Lane {
        let segment: Int
        let query: Int
    }

    let segments: [AttentionSegment<S>]
    let lanes: [Lane]
    let panels: Int
    /// Panels up to the last with a query that is not zero. Behind them, where attention is uniform or given by additive
    /// scores alone, no product with tokens is needed.
    let scoredPanels: Int
    /// The products of queries with tokens, for the token layout that the group reads.
    let products: ck_products
    let storage = Storage()

    /// Pointers to this call's shared memory; written before threads start, read by them.
    final class Storage: @unchecked Sendable {
        // Set by `AttentionPlan.layOut` before the threads see it, and never while they run.
        var packedQueries: UnsafeMutablePointer<S>?
        var partials: UnsafeMutablePointer<S>?
    }

    init(_ segments: [AttentionSegment<S>], products: ck_products) {
        self.products = products
        self.segments = segments
        lanes = segments.indices.flatMap { segment in
            (0..<segments[segment].queryCount).map { Lane(segment: segment, query: $0) }
        }
        func panels(_ lanes: Int) -> Int { (lanes + CKPanel.lanes - 1) / CKPanel.lanes }
        let scored = lanes.lastIndex { lane in
            let queries = segments[lane.segment].queries
            return segments[lane.segment].queriesPerRow || queries.row(lane.query).contains { $0 != 0 }
        }
        self.panels = panels(lanes.count)
        scoredPanels = panels(scored.map { $0 + 1 } ?? 0)
    }

    var rows: UnsafePointer<Int32> { segments[0].rows }
    var queriesPerRow: Bool { segments[0].queriesPerRow }
    var normalisation: TokenNormalisation<S>? { segments[0].normalisation }
    var offsets: TrainableTokens<S>? { segments[0].offsets }
    var extraTokens: TrainableTokens<S>? { segments[0].extraTokens }
    /// Whether Z and ζ are rounded.
    var isRounded: Bool { segments[0].rounded != nil }
    /// Whether this group reads a sample's tokens unmodified.
    var seesPlainTokens: Bool { segments[0].seesPlainTokens }

    /// Groups segments that can share panels, in the order given, up to a number of panels.
    /// - Parameter products: the products for plain tokens (true), and for tokens that the core prepares.
    static func sort(
        _ segments: [AttentionSegment<S>], products: (Bool) -> ck_products
    ) -> [AttentionGroup<S>] {
        var groups: [[AttentionSegment<S>]] = []
        for segment in segments {
            let index = groups.firstIndex { group in
                let lanes = group.reduce(segment.queryCount) { $0 + $1.queryCount }
                return lanes <= CKPanel.largestGroup * CKPanel.lanes && segment.sharesPanels(with: group[0])
            }
            if let index { groups[index].append(segment) } else { groups.append([segment]) }
        }
        return groups.map { AttentionGroup($0, products: products($0[0].seesPlainTokens)) }
    }
}

extension AttentionGroup {
    private var offsetRows: Int { offsets.map { $0.perRow ? 0 : $0.count } ?? 0 }
    private var extraRows: Int { extraTokens.map { $0.perRow ? 0 : $0.count } ?? 0 }

    /// Rows of one block's partial sums: one for each lane, then the offsets, then the extra tokens.
    var partialRows: Int { lanes.count + offsetRows + extraRows }

    /// The row of the first offset, and of the first extra token.
    var firstOffsetRow: Int { lanes.count }
    var firstExtraRow: Int { lanes.count + offsetRows }

    func partial(_ row: Int, block: Int, width: Int) -> UnsafeMutablePointer<S> {
        guard let partials = storage.partials else { preconditionFailure("gradients were not prepared") }
        return partials + (block * partialRows + row) * width
    }

    /// For each row of the partial sums the address of its total; nil if it was not requested.
    func gradientTargets() -> [UnsafeMutablePointer<S>?] {
        var targets: [UnsafeMutablePointer<S>?] = lanes.map { lane in
            guard !queriesPerRow, let gradient = segments[lane.segment].queryGradient else { return nil }
            return gradient.pointer + lane.query * gradient.stride
        }
        for trainable in [offsets, extraTokens] {
            guard let trainable, !trainable.perRow else { continue }
            targets += (0..<trainable.count).map { row in
                trainable.gradient.map { $0.pointer + row * $0.stride }
            }
        }
        return targets
    }
}

extension AttentionSegment {
    fileprivate var seesPlainTokens: Bool { offsets == nil && extraTokens == nil }

    /// Whether both can share one product with a sample's tokens.
    fileprivate func sharesPanels(with other: AttentionSegment<S>) -> Bool {
        rows == other.rows && queriesPerRow == other.queriesPerRow && seesPlainTokens && other.seesPlainTokens
            && (rounded == nil) == (other.rounded == nil)
            && normalisation?.scale == other.normalisation?.scale
            && normalisation?.mean == other.normalisation?.mean
    }
}
