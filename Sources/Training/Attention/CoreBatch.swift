import Attention
import Features
import Numerics
import Probes

/// One head at work on a batch whose attention the core computes.
final class CoreBatch: AblatedBatch {
    private let stack: HeadBatch
    private let head: HeadParameters
    private let demand: AttentionRequest
    private let replacements: MapReplacements
    private let arena: Matrix<Float>
    private let replaced: [AttentionAblation.Replacement: ReplacedMaps]
    private let separate: SeparateLogits?
    /// Z with parts of it replaced, `[B, M · D]`.
    private let reading: Matrix<Float>
    private let logits: Matrix<Float>
    private var active: HeadBatch.ActiveHead?
    private var segment: AttentionSegment<Float>?
    private var tokens: [TokenView] = []

    /// D.
    private var width: Int { head.network.probe.shape.width }
    private var path: KernelPath { stack.context.path }

    /// - Parameter stack: The head alone.
    init(_ stack: HeadBatch, _ head: HeadParameters, _ demand: AttentionRequest, _ replacements: MapReplacements) {
        self.stack = stack
        self.head = head
        self.demand = demand
        self.replacements = replacements
        let (capacity, probe) = (stack.capacity, head.network.probe)
        let longest = TokenExtent(stack.context).maximum(demand.tokens) + demand.extraTokens
        arena = Matrix(rows: 1, columns: stack.plan.extent)
        replaced = Dictionary(
            uniqueKeysWithValues: replacements.kinds.map {
                ($0, ReplacedMaps($0, demand, width: probe.shape.width, tokens: longest, capacity: capacity))
            })
        let isAblated = !replacements.kinds.isEmpty
        separate =
            isAblated && probe.separatesQueries
            ? SeparateLogits(head, of: demand.queries, capacity: capacity, on: stack.context.path) : nil
        reading = Matrix(rows: isAblated ? capacity : 0, columns: demand.queries * probe.shape.width)
        logits = Matrix(rows: capacity, columns: probe.shape.classes)
    }

    func read(_ places: ArraySlice<Int>) {
        guard let rows = stack.batchRows.values.first else { return }
        let batch = stack.load(places, for: [rows])
        let activeHeads = stack.activeHeads(of: 0..<1, in: arena, batch) { _, _ in true }
        stack.prepare(activeHeads, batch, isTraining: false)
        guard let active = activeHeads.first, let segment = active.slot.attention?.segment(rows, batch) else { return }
        (self.active, self.segment, tokens) = (active, segment, batch.views(demand.tokens))
        // Another sample's maps are there only behind the head's own.
        let early = [.uniform, .meanMap].compactMap { replaced[$0] }.map { others($0, segment) }
        stack.core.forward(tokens, [segment] + early)
        if let other = replaced[.otherSample] { stack.core.forward(tokens, [others(other, segment)]) }
    }

    private func others(_ maps: ReplacedMaps, _ own: AttentionSegment<Float>) -> AttentionSegment<Float> {
        maps.segment(like: own, tokens: counts, meanMap: replacements.meanMap)
    }

    /// N of each row.
    private var counts: [Int] { tokens.map { $0.tokens + demand.extraTokens } }

    func maps(_ row: Int) -> SampleMaps {
        guard let segment else { preconditionFailure("a batch is read before its maps") }
        let count = tokens[row].tokens + demand.extraTokens
        return SampleMaps(weights: segment.maps(ofRow: row, tokens: count), predictors: demand.queries)
    }

    func forEachAblation(_ ablations: [AttentionAblation], _ body: (Int, MatrixView<Float>) -> Void) {
        guard let active else { return }
        let rows = logits.view.rows(0..<active.inputs.count)
        stack.context.threads.sharingProducts {
            separate?.take(active.inputs, active.slot.workspace)
            for kind in AttentionAblation.Replacement.allCases {
                let wanted = ablations.enumerated().filter { $1.replacement == kind }
                if let separate, let maps = replaced[kind] {
                    separate.exchange(
                        for: commonInputs(maps, active), active.slot.workspace, in: wanted.map(\.element.predictors))
                }
                for (index, ablation) in wanted {
                    if let separate {
                        separate.write(without: ablation.predictors, into: rows)
                    } else {
                        head.network.predict(
                            inputs(active, ablation), state: head.state, workspace: active.slot.workspace, into: rows,
                            on: path)
                    }
                    body(index, rows)
                }
            }
        }
    }

    /// What the head side gets of an ablation.
    private func inputs(_ active: HeadBatch.ActiveHead, _ ablation: AttentionAblation) -> ProbeInputs<Float> {
        guard !ablation.predictors.isEmpty, let maps = replaced[ablation.replacement] else { return active.inputs }
        let target = reading.view.rows(0..<active.inputs.count)
        target.copy(from: active.inputs.reading)
        let aggregates = maps.aggregates(rows: target.rows)
        for predictor in ablation.predictors { target.copyAggregate(predictor, of: width, from: aggregates) }
        return ProbeInputs(reading: target, context: active.inputs.context)
    }

    /// What it gets with all maps replaced.
    private func commonInputs(_ maps: ReplacedMaps, _ active: HeadBatch.ActiveHead) -> ProbeInputs<Float> {
        let aggregates = maps.aggregates(rows: active.inputs.count)
        if aggregates.columns == demand.queries * width || head.network.probe.readsCommonAggregate {
            return ProbeInputs(reading: aggregates, context: active.inputs.context)
        }
        let target = reading.view.rows(0..<active.inputs.count)
        for predictor in 0..<demand.queries { target.copyAggregate(predictor, of: width, from: aggregates) }
        return ProbeInputs(reading: target, context: active.inputs.context)
    }
}

extension AttentionSegment<Float> {
    /// A `[N, M]` of a row with N tokens, after the core's forward.
    func maps(ofRow row: Int, tokens: Int) -> [Float] {
        Array(UnsafeBufferPointer(start: attention + row * maximumTokens * queryCount, count: tokens * queryCount))
    }
}
