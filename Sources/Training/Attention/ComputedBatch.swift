import Attention
import Features
import Numerics
import Probes

/// One head at work on a batch whose probe attends by itself.
final class ComputedBatch: AblatedBatch {
    private let stack: HeadBatch
    private let head: HeadParameters
    private let replacements: MapReplacements
    private let arena: Matrix<Float>
    /// Z of the head's own maps, and of each kind that replaces them, `[B, M · W]`.
    private let own: Matrix<Float>
    private let replaced: [AttentionAblation.Replacement: Matrix<Float>]
    /// Maps of one sample, `[M, N]`.
    private let weights: Matrix<Float>
    private let logits: Matrix<Float>
    private let predictors: Int
    /// W.
    private let width: Int
    /// Tokens that are not the sample's own: a probe has them in front of its maps, and readers get them behind.
    private let leading: Int
    private var active: HeadBatch.ActiveHead?
    /// Where Z stands when the head side is evaluated.
    private var aggregates: MatrixView<Float>?
    private var maps: [SampleMaps] = []

    private var path: KernelPath { stack.context.path }

    /// - Parameter stack: The head alone.
    init(_ stack: HeadBatch, _ head: HeadParameters, _ probe: any AttendingProbe, _ replacements: MapReplacements) {
        self.stack = stack
        self.head = head
        self.replacements = replacements
        (predictors, width, leading) = (probe.predictors ?? 0, probe.aggregateWidth, probe.leadingTokens)
        let (rows, columns) = (stack.capacity, predictors * width)
        let longest = TokenExtent(stack.context).maximum(probe.reading.tokens ?? .all) + leading
        arena = Matrix(rows: 1, columns: stack.plan.extent)
        own = Matrix(rows: rows, columns: columns)
        replaced = Dictionary(
            uniqueKeysWithValues: replacements.kinds.map { ($0, Matrix(rows: rows, columns: columns)) })
        weights = Matrix(rows: 1, columns: predictors * longest)
        logits = Matrix(rows: rows, columns: probe.shape.classes)
    }

    func read(_ places: ArraySlice<Int>) {
        guard let rows = stack.batchRows.values.first else { return }
        let batch = stack.load(places, for: [rows])
        let activeHeads = stack.activeHeads(of: 0..<1, in: arena, batch) { _, _ in true }
        stack.prepare(activeHeads, batch, isTraining: false)
        guard let active = activeHeads.first else { return }
        self.active = active
        maps = []
        stack.context.threads.sharingProducts {
            let aggregates = attend(active) { [self] sample, own, aggregate in
                maps.append(sampleMaps(own))
                replace(replacements.kinds.subtracting([.otherSample]), sample, own.columns, aggregate)
            }
            // Another sample's maps are there only behind all of the head's own.
            if replacements.kinds.contains(.otherSample) {
                _ = attend(active) { [self] sample, own, aggregate in
                    replace([.otherSample], sample, own.columns, aggregate)
                }
            }
            own.view.rows(0..<active.inputs.count).copy(from: aggregates)
            self.aggregates = aggregates
        }
    }

    private func attend(_ active: HeadBatch.ActiveHead, _ visit: @escaping MapVisit<Float>) -> MatrixView<Float> {
        head.network.attend(
            active.inputs, state: head.state, workspace: active.slot.workspace, visit: visit, on: path)
    }

    /// Aggregates a sample's values by the maps that are to replace its own.
    private func replace(
        _ kinds: Set<AttentionAblation.Replacement>, _ sample: Int, _ tokens: Int,
        _ aggregate: (MatrixView<Float>, MatrixView<Float>) -> Void
    ) {
        let target = MatrixView(pointer: weights.elements, rows: predictors, columns: tokens)
        for kind in kinds {
            guard let sums = replaced[kind] else { continue }
            switch kind {
            // The softmax of equal scores has the same bits.
            case .uniform: for row in 0..<predictors { target.row(row).update(repeating: 1 / Float(tokens)) }
            case .meanMap: write(replacements.meanMap ?? [], into: target)
            case .otherSample: write(maps[(sample + 1) % maps.count].weights, into: target)
            }
            aggregate(target, sums.view.rows(sample..<sample + 1))
        }
    }

    /// `[N, M]`, the sample's own tokens first.
    private func sampleMaps(_ own: MatrixView<Float>) -> SampleMaps {
        let (tokens, count) = (own.columns, own.rows)
        let weights = (0..<tokens * count).map { index in
            own[index % count, (index / count + leading) % tokens]
        }
        return SampleMaps(weights: weights, predictors: count)
    }

    /// A map `[N, M]` as the probe has it, `[M, N]`.
    private func write(_ map: [Float], into target: MatrixView<Float>) {
        precondition(
            map.count == target.rows * target.columns, "a map of \(map.count / predictors) tokens for \(target.columns)"
        )
        for (index, weight) in map.enumerated() {
            target[index % predictors, (index / predictors + leading) % target.columns] = weight
        }
    }

    func maps(_ row: Int) -> SampleMaps { maps[row] }

    func forEachAblation(_ ablations: [AttentionAblation], _ body: (Int, MatrixView<Float>) -> Void) {
        guard let active, let aggregates else { return }
        let rows = logits.view.rows(0..<active.inputs.count)
        stack.context.threads.sharingProducts {
            for (index, ablation) in ablations.enumerated() {
                aggregates.copy(from: own.view.rows(0..<aggregates.rows))
                if let other = replaced[ablation.replacement] {
                    for predictor in ablation.predictors {
                        aggregates.copyAggregate(predictor, of: width, from: other.view.rows(0..<aggregates.rows))
                    }
                }
                head.network.predictFromAggregates(
                    active.inputs, state: head.state, workspace: active.slot.workspace, into: rows, on: path)
                body(index, rows)
            }
        }
    }
}
