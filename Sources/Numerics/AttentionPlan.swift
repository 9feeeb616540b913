internal import CKernels

/// One call of the core: the segments sorted into groups that run through the kernels together.
struct AttentionPlan<S: Scalar>: Sendable {
    let batch: [TokenView]
    let path: KernelPath
    let width: Int
    let groups: [AttentionGroup<S>]
    /// Whether groups that read unmodified tokens read them in place.
    let readsInPlace: Bool
    /// How rounded groups write Z and read ζ.
    let rounded: ck_rounded_kernels?

    init(batch: [TokenView], segments: [AttentionSegment<S>], path: KernelPath) {
        self.batch = batch
        self.path = path
        width = segments.first?.queries.columns ?? 0
        for segment in segments { segment.check(batch: batch, width: width) }
        let blocks = kernels(for: S.self, on: path).products
        let inPlace = Self.productsInPlace(batch, path: path, width: width)
        readsInPlace = inPlace != nil
        groups = AttentionGroup.sort(segments) { $0 ? inPlace ?? blocks : blocks }
        rounded = path.roundedKernels
        precondition(
            !groups.contains(where: \.isRounded)
                || batch.allSatisfy { path.roundsReadings(of: $0.type, width: $0.width) },
            "rounded readings need tokens in bfloat16 and a path that multiplies them")
    }

    /// The products that read this batch's tokens in place, if the path has them.
    private static func productsInPlace(_ batch: [TokenView], path: KernelPath, width: Int) -> ck_products? {
        guard let type = batch.first?.type, batch.allSatisfy({ $0.type == type }) else { return nil }
        if type == (S.self == Float.self ? .float32 : .float64) {
            return kernels(for: S.self, on: path).products_in_place
        }
        guard S.self == Float.self, type == .bfloat16, width.isMultiple(of: 2) else { return nil }
        return path.bfloat16Kernels?.products
    }

    /// Takes the memory that threads share: each group's packed queries, where all samples have the same, then each
    /// group's parts of the sums over the batch.
    ///
    /// - Parameter blocks: Of the batch, each of which has a part of the sums; 0 forward.
    func layOut(_ layout: inout BlockLayout<S>, blocks: Int) {
        for group in groups where !group.queriesPerRow {
            group.storage.packedQueries = layout.packedQueries(panels: group.panels, width: width)
        }
        guard blocks > 0 else { return }
        for group in groups {
            group.storage.partials = layout.partials(blocks: blocks, rows: group.partialRows, width: width)
        }
    }

    /// Packs the queries that all samples share, once for the batch.
    func packSharedQueries() {
        for group in groups {
            guard let packed = group.storage.packedQueries else { continue }
            var rows = [UnsafeRawPointer?](repeating: nil, count: group.panels * CKPanel.lanes)
            for (index, lane) in group.lanes.enumerated() {
                let segment = group.segments[lane.segment]
                rows[index] = UnsafeRawPointer(segment.queries.pointer + lane.query * segment.queries.stride)
            }
            group.products.pack(rows, group.panels, width, packed)
            group.products.panel_sums(packed, group.panels, width, packed + group.panels * CKPanel.lanes * width)
        }
    }

    /// The batch's positions divided into this many ranges, or fewer if some would be empty.
    func blocks(_ count: Int) -> [Range<Int>] {
        let length = max(1, (batch.count + count - 1) / count)
        return stride(from: 0, to: batch.count, by: length).map { $0..<min($0 + length, batch.count) }
    }

    /// Adds the blocks' partial sums in the order of blocks.
    func sumGradients(blocks: Int, threads: ThreadPool) {
        let kernels = kernels(for: S.self, on: path)
        let sums = groups.flatMap { group in
            group.gradientTargets().enumerated().compactMap { row, target in
                target.map { GradientSum(group, row, $0) }
            }
        }
        threads.forEach(sums.count) { index in
            let sum = sums[index]
            sum.target.update(repeating: 0, count: width)
            for block in 0..<blocks {
                kernels.add(sum.group.partial(sum.row, block: block, width: width), width, sum.target)
            }
        }
    }
}

/// One row that is summed over the blocks of a batch, and its target.
private struct GradientSum<S: Scalar>: @unchecked Sendable {
    // Sendable because each sum is made by one thread, and targets are different rows.
    let group: AttentionGroup<S>
    let row: Int
    let target: UnsafeMutablePointer<S>

    init(_ group: AttentionGroup<S>, _ row: Int, _ target: UnsafeMutablePointer<S>) {
        (self.group, self.row, self.target) = (group, row, target)
    }
}

/// The constants of a panel.
enum CKPanel {
    static let lanes = Int(CK_PANEL)
    /// Largest number of panels of a group: their queries fit in the L2 cache together with a sample's tokens.
    static let largestGroup = 4
}

extension BlockLayout {
    /// Queries packed into panels, and behind them the sums of each lane.
    mutating func packedQueries(panels: Int, width: Int) -> UnsafeMutablePointer<S> {
        take(panels * CKPanel.lanes * (width + 1), "packed queries")
    }

    /// Rows that are summed over the batch, once for each of its blocks.
    mutating func partials(blocks: Int, rows: Int, width: Int) -> UnsafeMutablePointer<S> {
        take(blocks * rows * width, "parts of gradients")
    }
}

extension AttentionSegment {
    fileprivate func check(batch: [TokenView], width: Int) {
        let longest = batch.reduce(0) { max($0, $1.tokens) } + (extraTokens?.count ?? 0)
        precondition(queries.columns == width, "segments of one call share the width")
        precondition(batch.allSatisfy { $0.width == width }, "tokens and queries share the width")
        precondition(maximumTokens >= longest, "attention rows of \(maximumTokens) for \(longest) tokens")
        precondition(offsets == nil || normalisation == nil, "a norm cannot be folded around trainable offsets")
        precondition(
            rounded == nil || (normalisation == nil && offsets == nil && extraTokens == nil),
            "rounded readings are those of plain tokens")
        precondition(
            (rounded?.pooled.columns ?? pooled.columns) == queryCount * width, "pooled rows hold M · D")
    }
}
