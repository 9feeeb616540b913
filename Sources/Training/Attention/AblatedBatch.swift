import Attention
import Features
import Numerics
import Probes

/// One head at work on a batch, with its maps and the aggregates of those that replace them.
final class AblatedBatch {
    /// What is to replace maps.
    struct Replacements: ExpressibleByArrayLiteral {
        let kinds: Set<AttentionAblation.Replacement>
        /// `[N, M]`.
        let meanMap: [Float]?

        init(_ kinds: Set<AttentionAblation.Replacement>, meanMap: [Float]?) {
            precondition(!kinds.contains(.meanMap) || meanMap != nil, "no mean map was given")
            self.kinds = kinds
            self.meanMap = meanMap
        }

        init(arrayLiteral elements: AttentionAblation.Replacement...) {
            self.init(Set(elements), meanMap: nil)
        }
    }

    private let stack: HeadBatch
    private let head: HeadParameters
    private let demand: AttentionRequest
    private let replacements: Replacements
    private let arena: Matrix<Float>
    private let replaced: [AttentionAblation.Replacement: ReplacedMaps]
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
    init(_ stack: HeadBatch, _ head: HeadParameters, _ demand: AttentionRequest, _ replacements: Replacements) {
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
        reading = Matrix(rows: isAblated ? capacity : 0, columns: demand.queries * probe.shape.width)
        logits = Matrix(rows: capacity, columns: probe.shape.classes)
    }

    /// Reads a batch: maps, aggregates, and the aggregates of maps that replace them.
    ///
    /// - Parameter places: Of the samples; the map of each is the other sample's of the one before.
    func read(_ places: ArraySlice<Int>) {
        guard let rows = stack.batchRows.values.first else { return }
        let batch = stack.load(places, for: [rows])
        let activeHeads = stack.activeHeads(of: 0..<1, in: arena, batch) { _, _ in true }
        stack.prepare(activeHeads, batch, isTraining: false)
        stack.attend(activeHeads, batch, stack.core.forward)
        guard let active = activeHeads.first, let segment = active.slot.attention?.segment(rows, batch) else { return }
        (self.active, self.segment, tokens) = (active, segment, batch.views(demand.tokens))
        let others = replaced.values.map { $0.segment(like: segment, tokens: counts, meanMap: replacements.meanMap) }
        if !others.isEmpty { stack.core.forward(tokens, others) }
    }

    /// N of each row.
    private var counts: [Int] { tokens.map { $0.tokens + demand.extraTokens } }

    /// The maps of a row.
    func maps(_ row: Int) -> SampleMaps {
        guard let segment else { preconditionFailure("a batch is read before its maps") }
        return SampleMaps(weights: segment.maps(ofRow: row, tokens: counts[row]), predictors: demand.queries)
    }

    /// Calls the body with the number and the logits `[n, C]` of each ablation.
    func forEachAblation(_ ablations: [AttentionAblation], _ body: (Int, MatrixView<Float>) -> Void) {
        guard let active else { return }
        let rows = logits.view.rows(0..<active.inputs.count)
        stack.context.threads.sharingProducts {
            let parts = head.network.probe.separatesQueries ? parts(active) : [:]
            for (index, ablation) in ablations.enumerated() {
                if let part = parts[ablation.replacement], !ablation.predictors.isEmpty {
                    part.write(without: ablation.predictors, into: rows)
                } else {
                    predict(active, ablation, into: rows)
                }
                body(index, rows)
            }
        }
    }

    /// The rest of the head, evaluated again from the aggregates on.
    private func predict(_ active: HeadBatch.ActiveHead, _ ablation: AttentionAblation, into rows: MatrixView<Float>) {
        head.network.predict(
            inputs(active, ablation), state: head.state, workspace: active.slot.workspace, into: rows, on: path)
    }

    /// What the head side gets of an ablation.
    private func inputs(
        _ active: HeadBatch.ActiveHead, _ ablation: AttentionAblation
    ) -> ProbeInputs<Float> {
        guard !ablation.predictors.isEmpty, let source = replaced[ablation.replacement] else { return active.inputs }
        let target = reading.view.rows(0..<active.inputs.count)
        target.copy(from: active.inputs.reading)
        for predictor in ablation.predictors {
            target.columns(predictor * width..<(predictor + 1) * width)
                .copy(from: source.aggregate(of: predictor, rows: target.rows))
        }
        return ProbeInputs(reading: target, context: active.inputs.context)
    }

    /// The logits of each replacement in parts, where every query has a chunk of the output of its own.
    private func parts(_ active: HeadBatch.ActiveHead) -> [AttentionAblation.Replacement: SeparateLogits] {
        guard !replaced.isEmpty else { return [:] }
        let whole = SeparateLogits.Parts(
            head, of: demand.queries, inputs(active, .none), active.slot.workspace, on: path)
        return Dictionary(
            uniqueKeysWithValues: replaced.keys.map { replacement in
                let all = inputs(active, AttentionAblation(replacement, of: Array(0..<demand.queries)))
                return (
                    replacement,
                    SeparateLogits(
                        whole: whole,
                        replaced: SeparateLogits.Parts(head, of: demand.queries, all, active.slot.workspace, on: path))
                )
            })
    }
}

extension AttentionSegment<Float> {
    /// A `[N, M]` of a row with N tokens, after the core's forward.
    func maps(ofRow row: Int, tokens: Int) -> [Float] {
        Array(UnsafeBufferPointer(start: attention + row * maximumTokens * queryCount, count: tokens * queryCount))
    }
}
