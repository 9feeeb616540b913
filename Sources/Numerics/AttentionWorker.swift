internal import CKernels

/// One thread's work on samples of a batch.
struct AttentionWorker<S: Scalar> {
    let plan: AttentionPlan<S>
    let scratch: AttentionScratch<S>
    let kernels: ck_kernels

    init(plan: AttentionPlan<S>, scratch: AttentionScratch<S>) {
        self.plan = plan
        self.scratch = scratch
        kernels = Numerics.kernels(for: S.self, on: plan.path)
    }

    /// Works through samples in order. While one is being computed, the next one's tokens are prefetched.
    func forward(_ samples: Range<Int>) {
        visit(samples) { forward($0, $1) }
    }

    func backward(_ samples: Range<Int>, block: Int) {
        clear(block: block)
        visit(samples) { backward($0, $1, block: block) }
    }

    private func visit(_ samples: Range<Int>, _ body: (AttentionGroup<S>, GroupSample<S>) -> Void) {
        for sample in samples {
            var blocks: TokenForm?
            var ahead = sample + 1 < samples.upperBound ? plan.batch[sample + 1].bytes : nil
            for group in plan.groups where group.rows[sample] >= 0 {
                let tokens: TokenForm
                if !group.seesPlainTokens {
                    tokens = adjusted(for: group, sample)
                } else if plan.readsInPlace {
                    tokens = TokenForm(pointer: plan.batch[sample].base, tokens: plan.batch[sample].tokens)
                } else {
                    tokens = blocks ?? decode(plan.batch[sample])
                    blocks = tokens
                }
                let next = sample + 1 < samples.upperBound ? sample + 1 : nil
                body(group, GroupSample(sample, of: group, tokens: tokens, next: next, ahead: ahead))
                ahead = nil
            }
        }
    }

    /// Clears a block's partial sums over the batch.
    private func clear(block: Int) {
        for group in plan.groups {
            group.partial(0, block: block, width: plan.width)
                .update(repeating: 0, count: group.partialRows * plan.width)
        }
    }
}

/// Tokens in the layout of a group's products: as in the file, or as blocks of elements of S.
struct TokenForm {
    let pointer: UnsafeRawPointer
    let tokens: Int
}

/// One sample of one group.
struct GroupSample<S: Scalar> {
    let sample: Int
    /// The row of the group's candidates.
    let row: Int
    let tokens: TokenForm
    /// The row of the next sample, if this thread continues with it and the candidates train on it.
    let nextRow: Int?
    /// The next sample's tokens, if they have not been prefetched yet.
    let ahead: UnsafeRawBufferPointer?

    init(
        _ sample: Int, of group: AttentionGroup<S>, tokens: TokenForm, next: Int?, ahead: UnsafeRawBufferPointer?
    ) {
        self.sample = sample
        row = Int(group.rows[sample])
        nextRow = next.map { Int(group.rows[$0]) }.flatMap { $0 < 0 ? nil : $0 }
        self.tokens = tokens
        self.ahead = ahead
    }
}

// MARK: Tokens

extension AttentionWorker {
    private func extent(_ group: AttentionGroup<S>, tokens: Int) -> ScratchExtent<S> {
        ScratchExtent(lanes: group.panels * CKPanel.lanes, tokens: tokens, width: plan.width)
    }

    private func decode(_ view: TokenView) -> TokenForm {
        let extent = ScratchExtent<S>(lanes: 0, tokens: view.tokens, width: plan.width)
        let target = scratch.tokens.atLeast(extent.form)
        Numerics.decode(view, into: target, capacity: view.tokens, on: plan.path)
        return TokenForm(pointer: target, tokens: view.tokens)
    }

    /// The tokens with the group's offsets added and its extra tokens appended.
    private func adjusted(for group: AttentionGroup<S>, _ sample: Int) -> TokenForm {
        let view = plan.batch[sample]
        let total = view.tokens + (group.extraTokens?.count ?? 0)
        let target = scratch.adjustedTokens.atLeast(extent(group, tokens: total).form)
        Numerics.decode(view, into: target, capacity: total, on: plan.path)
        let row = Int(group.rows[sample])
        if let offsets = group.offsets {
            precondition(offsets.count >= view.tokens, "\(offsets.count) offsets for \(view.tokens) tokens")
            for token in 0..<view.tokens {
                kernels.put_token(offsets.row(token, of: row), plan.width, target, token, total, 1)
            }
        }
        if let extras = group.extraTokens {
            for token in 0..<extras.count {
                kernels.put_token(
                    extras.row(token, of: row), plan.width, target, view.tokens + token, total, 0)
            }
        }
        return TokenForm(pointer: target, tokens: total)
    }
}

extension TrainableTokens {
    fileprivate func row(_ token: Int, of row: Int) -> UnsafePointer<S> {
        UnsafePointer(tokens.pointer + ((perRow ? row * count : 0) + token) * tokens.stride)
    }
}

// MARK: Forward

extension AttentionWorker {
    private func forward(_ group: AttentionGroup<S>, _ sample: GroupSample<S>) {
        let tokens = sample.tokens
        let weights = scratch.weights.atLeast(extent(group, tokens: tokens.tokens).weights)
        let queries = packedQueries(group, sample)
        let ahead = regions(group, tokens: sample.ahead, row: sample.row, withGradient: false)
        if group.scoredPanels > 0 {
            group.products.scores(
                queries.panels, group.scoredPanels, plan.width, tokens.pointer, tokens.tokens, weights,
                ahead.baseAddress, ahead.count)
        }
        let panel = CKPanel.lanes * tokens.tokens
        (weights + group.scoredPanels * panel).update(
            repeating: 0, count: (group.panels - group.scoredPanels) * panel)
        let norm = normalisation(group, sample)
        var terms = ck_softmax_terms(
            scale: norm?.scale, mean: norm?.mean, sums: queries.sums, additive: additiveScores(group, sample))
        kernels.softmax(weights, group.panels, tokens.tokens, &terms)
        forEachSegment(group) { segment, lane in
            kernels.put_lanes(
                weights, tokens.tokens, lane, segment.queryCount, segment.attention + segment.weights(sample.row))
        }
        if let rounded = plan.rounded, group.isRounded {
            let ahead = regions(group)
            let pooled = rows(group) { segment, lane in
                segment.rounded.map { $0.pooled.row(sample.row) + lane * plan.width }
            }
            rounded.aggregate(
                weights, group.panels, tokens.tokens, tokens.pointer, plan.width, pooled, ahead.baseAddress,
                ahead.count)
            return
        }
        let pooled = rows(group) { segment, lane in
            segment.pooled.pointer + sample.row * segment.pooled.stride + lane * plan.width
        }
        aggregate(weights, group, tokens, norm, into: pooled, accumulate: false, ahead: regions(group))
    }

    /// Sums over the tokens, normalised ones if the group folds a norm.
    private func aggregate(
        _ weights: UnsafeMutablePointer<S>, _ group: AttentionGroup<S>, _ tokens: TokenForm,
        _ norm: (scale: UnsafePointer<S>, mean: UnsafePointer<S>)?,
        into rows: UnsafePointer<UnsafeMutableRawPointer?>, accumulate: Bool,
        ahead: UnsafeBufferPointer<ck_region>
    ) {
        guard let norm else {
            group.products.aggregate(
                weights, group.panels, tokens.tokens, tokens.pointer, plan.width, rows, accumulate ? 1 : 0,
                ahead.baseAddress, ahead.count)
            return
        }
        let lanes = group.panels * CKPanel.lanes
        let folded = scratch.folded.atLeast(extent(group, tokens: tokens.tokens).folded)
        let shift = folded + lanes * tokens.tokens
        kernels.fold_weights(weights, group.panels, tokens.tokens, norm.scale, norm.mean, folded, shift)
        group.products.aggregate(
            folded, group.panels, tokens.tokens, tokens.pointer, plan.width, rows, accumulate ? 1 : 0,
            ahead.baseAddress, ahead.count)
        kernels.subtract_shift(shift, group.panels, plan.width, rows)
    }
}

// MARK: Backward

extension AttentionWorker {
    private func backward(_ group: AttentionGroup<S>, _ sample: GroupSample<S>, block: Int) {
        let tokens = sample.tokens
        let extent = extent(group, tokens: tokens.tokens)
        let attention = scratch.attention.atLeast(extent.weights)
        let psi = scratch.weights.atLeast(extent.weights)
        // Lanes beyond the last query are zero, and their results are dropped.
        attention.update(repeating: 0, count: group.lanes.count.isMultiple(of: CKPanel.lanes) ? 0 : extent.weights)
        forEachSegment(group) { segment, lane in
            kernels.take_lanes(
                segment.attention + segment.weights(sample.row), tokens.tokens, lane, segment.queryCount, attention)
        }
        let packed = scratch.packed.atLeast(extent.packed)
        let sums = packed + group.panels * CKPanel.lanes * plan.width
        if let rounded = plan.rounded, group.isRounded {
            let gradient = inputRows(group) { segment, lane in
                segment.rounded.map { $0.gradient.row(sample.row) + lane * plan.width }
            }
            rounded.pack(gradient, group.panels, plan.width, packed)
        } else {
            group.products.pack(pooledGradientRows(group, sample), group.panels, plan.width, packed)
        }
        let ahead = regions(group, tokens: sample.ahead)
        group.products.scores(
            packed, group.panels, plan.width, tokens.pointer, tokens.tokens, psi, ahead.baseAddress, ahead.count)
        let norm = normalisation(group, sample)
        if norm != nil { group.products.panel_sums(packed, group.panels, plan.width, sums) }
        var terms = ck_softmax_terms(scale: norm?.scale, mean: norm?.mean, sums: sums, additive: nil)
        kernels.softmax_backward(attention, psi, group.panels, tokens.tokens, &terms)
        forEachSegment(group) { segment, lane in
            guard let gradient = segment.scoreGradient else { return }
            kernels.put_lanes(
                psi, tokens.tokens, lane, segment.queryCount, gradient + segment.weights(sample.row))
        }
        trainableTokenGradients(group, sample, attention, psi, block: block)
        aggregate(
            psi, group, tokens, norm, into: queryGradientRows(group, sample, block: block),
            accumulate: !group.queriesPerRow, ahead: regions(group, row: sample.nextRow, withGradient: true))
    }

    private func pooledGradientRows(
        _ group: AttentionGroup<S>, _ sample: GroupSample<S>
    ) -> UnsafePointer<UnsafeRawPointer?> {
        inputRows(group) { segment, lane in
            guard let gradient = segment.pooledGradient else {
                preconditionFailure("backward needs the gradient of the pooled values")
            }
            return gradient.pointer + sample.row * gradient.stride + lane * plan.width
        }
    }

    /// The target of this sample's part of ∂G: its own rows, or the block's partial sums.
    private func queryGradientRows(
        _ group: AttentionGroup<S>, _ sample: GroupSample<S>, block: Int
    ) -> UnsafePointer<UnsafeMutableRawPointer?> {
        var row = -1
        return rows(group) { segment, lane -> UnsafeMutablePointer<S>? in
            row += 1
            guard let gradient = segment.queryGradient else { return nil }
            return group.queriesPerRow
                ? gradient.pointer + (sample.row * segment.queryCount + lane) * gradient.stride
                : group.partial(row, block: block, width: plan.width)
        }
    }

    /// dx_t = Σ_h (a_ht ζ_h + ψ_ht g_h) for the tokens that train.
    private func trainableTokenGradients(
        _ group: AttentionGroup<S>, _ sample: GroupSample<S>, _ attention: UnsafeMutablePointer<S>,
        _ psi: UnsafeMutablePointer<S>, block: Int
    ) {
        let total = sample.tokens.tokens
        let extra = group.extraTokens?.count ?? 0
        let pieces = [
            (group.offsets, 0, total - extra, group.firstOffsetRow),
            (group.extraTokens, total - extra, extra, group.firstExtraRow),
        ]
        for case (let trainable?, let first, let count, let row) in pieces {
            guard let gradient = trainable.gradient else { continue }
            let target =
                trainable.perRow
                ? gradient.pointer + sample.row * trainable.count * gradient.stride
                : group.partial(row, block: block, width: plan.width)
            if trainable.perRow && count < trainable.count {
                gradient.rows((sample.row * trainable.count + count)..<((sample.row + 1) * trainable.count)).clear()
            }
            kernels.token_gradient(
                attention + first * CKPanel.lanes, psi + first * CKPanel.lanes, total, group.lanes.count, count,
                pooledGradientRows(group, sample), queryRows(group, sample), plan.width, target,
                trainable.perRow ? gradient.stride : plan.width, trainable.perRow ? 0 : 1)
        }
    }
}

// MARK: Prefetch

extension AttentionWorker {
    /// What a kernel should prefetch while it works: tokens, and a row of every segment's attention, with or without
    /// that row's pooled gradient.
    private func regions(
        _ group: AttentionGroup<S>, tokens: UnsafeRawBufferPointer? = nil, row: Int? = nil, withGradient: Bool = false
    ) -> UnsafeBufferPointer<ck_region> {
        let regions = scratch.regions.atLeast(extent(group, tokens: 0).regions)
        var count = 0
        func add(_ from: UnsafeRawPointer, bytes: Int) {
            regions[count] = ck_region(from: from, bytes: bytes)
            count += 1
        }
        if let tokens, let base = tokens.baseAddress { add(base, bytes: tokens.count) }
        guard let row else { return UnsafeBufferPointer(start: regions, count: count) }
        for segment in group.segments {
            add(segment.attention + segment.weights(row), bytes: segment.weights(1) * MemoryLayout<S>.stride)
            guard withGradient else { continue }
            if let gradient = segment.rounded?.gradient {
                add(gradient.row(row), bytes: gradient.columns * MemoryLayout<UInt16>.stride)
                continue
            }
            guard let gradient = segment.pooledGradient else { continue }
            add(gradient.pointer + row * gradient.stride, bytes: gradient.columns * MemoryLayout<S>.stride)
        }
        return UnsafeBufferPointer(start: regions, count: count)
    }
}

// MARK: Rows of lanes

extension AttentionWorker {
    private func packedQueries(
        _ group: AttentionGroup<S>, _ sample: GroupSample<S>
    ) -> (panels: UnsafePointer<S>, sums: UnsafePointer<S>) {
        let length = group.panels * CKPanel.lanes * plan.width
        if let shared = group.storage.packedQueries { return (UnsafePointer(shared), UnsafePointer(shared + length)) }
        let packed = scratch.packed.atLeast(extent(group, tokens: sample.tokens.tokens).packed)
        group.products.pack(queryRows(group, sample), group.panels, plan.width, packed)
        group.products.panel_sums(packed, group.panels, plan.width, packed + length)
        return (UnsafePointer(packed), UnsafePointer(packed + length))
    }

    private func queryRows(
        _ group: AttentionGroup<S>, _ sample: GroupSample<S>
    ) -> UnsafePointer<UnsafeRawPointer?> {
        rows(group, in: scratch.queries) { segment, lane in
            let row = segment.queriesPerRow ? sample.row * segment.queryCount + lane : lane
            return UnsafeRawPointer(segment.queries.pointer + row * segment.queries.stride)
        }
    }

    private func additiveScores(
        _ group: AttentionGroup<S>, _ sample: GroupSample<S>
    ) -> UnsafePointer<UnsafeRawPointer?>? {
        guard group.segments.contains(where: { $0.additiveScores != nil }) else { return nil }
        return rows(group, in: scratch.inputs) { segment, lane in
            segment.additiveScores.map { additive in
                let row = additive.perRow ? sample.row * segment.queryCount + lane : lane
                return UnsafeRawPointer(additive.scores + row * segment.maximumTokens)
            }
        }
    }

    /// r and μ of the group's tokens; extra tokens are not normalised.
    private func normalisation(
        _ group: AttentionGroup<S>, _ sample: GroupSample<S>
    ) -> (scale: UnsafePointer<S>, mean: UnsafePointer<S>)? {
        guard let norm = group.normalisation else { return nil }
        let extra = group.extraTokens?.count ?? 0
        guard extra > 0 else { return (norm.scale[sample.sample], norm.mean[sample.sample]) }
        let total = sample.tokens.tokens
        let scale = scratch.normalisation.atLeast(extent(group, tokens: total).normalisation)
        let mean = scale + total
        scale.update(from: norm.scale[sample.sample], count: total - extra)
        mean.update(from: norm.mean[sample.sample], count: total - extra)
        (scale + total - extra).update(repeating: 1, count: extra)
        (mean + total - extra).update(repeating: 0, count: extra)
        return (UnsafePointer(scale), UnsafePointer(mean))
    }

    private func inputRows<Element>(
        _ group: AttentionGroup<S>, _ row: (AttentionSegment<S>, Int) -> UnsafeMutablePointer<Element>?
    ) -> UnsafePointer<UnsafeRawPointer?> {
        rows(group, in: scratch.inputs) { segment, lane in row(segment, lane).map { UnsafeRawPointer($0) } }
    }

    private func rows<Element>(
        _ group: AttentionGroup<S>, _ row: (AttentionSegment<S>, Int) -> UnsafeMutablePointer<Element>?
    ) -> UnsafePointer<UnsafeMutableRawPointer?> {
        rows(group, in: scratch.outputs) { segment, lane in row(segment, lane).map { UnsafeMutableRawPointer($0) } }
    }

    /// Each segment with the lane of its first query.
    private func forEachSegment(_ group: AttentionGroup<S>, _ body: (AttentionSegment<S>, Int) -> Void) {
        var lane = 0
        for segment in group.segments {
            body(segment, lane)
            lane += segment.queryCount
        }
    }

    /// A pointer for each lane of the group's panels, null for lanes beyond the last query.
    private func rows<Pointer>(
        _ group: AttentionGroup<S>, in slab: ScratchBuffer<Pointer?>, _ row: (AttentionSegment<S>, Int) -> Pointer?
    ) -> UnsafePointer<Pointer?> {
        let count = group.panels * CKPanel.lanes
        let pointers = slab.atLeast(count)
        for (index, lane) in group.lanes.enumerated() {
            pointers[index] = row(group.segments[lane.segment], lane.query)
        }
        for index in group.lanes.count..<count { pointers[index] = nil }
        return UnsafePointer(pointers)
    }
}
