import Numerics
import Probes
import Synchronization

/// Linear heads on the same rows of a batch: one batch norm serves all of them, and one product each way all whose
/// classes together make it wide enough.
extension HeadBatch {
    /// Columns from which a wider product gains nothing.
    private static var widestProduct: Int { 512 }

    /// Columns of a product, of so many in all: with several threads so few that each has some products to do. No bit
    /// depends on it.
    private static func widest(_ columns: Int, threads: Int) -> Int {
        threads == 1 ? widestProduct : min(widestProduct, max(64, columns / (4 * threads)))
    }

    /// Elements that a thread needs for linear heads like this one.
    static func linearExtent(_ network: ProbeNetwork, capacity: Int) -> Int {
        let columns = max(widestProduct, network.probe.shape.classes)
        return LinearProduct.extent(columns: columns, width: network.probe.outputWidth, rows: capacity)
    }

    /// Gradients of all linear heads on the present batch, in their slots.
    func trainLinear(_ activeHeads: [ActiveHead], _ observe: @Sendable (Int, Double) -> Void) {
        let groups = sharing(activeHeads)
        guard !groups.isEmpty else { return }
        let path = context.path
        let normalized = SlotArray<NormalizedBatch<Float>>(count: groups.count)
        context.threads.forEach(groups.count) { normalized[$0] = groups[$0].vectors.normalized(on: path) }
        let columns = groups.reduce(0) { $0 + $1.activeHeads.reduce(0) { $0 + $1.classes } }
        let limit = Self.widest(columns, threads: context.threads.threads)
        let parts = groups.indices.flatMap { group in
            ChunkPlan(extents: groups[group].activeHeads.map(\.classes), limit: limit).chunks
                .map { (group, Array(groups[group].activeHeads[$0])) }
        }
        context.threads.forEach(parts.count) { [linearMemory] index in
            guard let batch = normalized[parts[index].0] else { return }
            let (activeHeads, values) = (parts[index].1, batch.values)
            let columns = activeHeads.reduce(0) { $0 + $1.classes }
            linearMemory.lend(
                LinearProduct.extent(columns: columns, width: values.columns, rows: values.rows)
            ) { layout in
                let product = LinearProduct(
                    columns: columns, width: values.columns, rows: values.rows, in: &layout)
                Self.train(activeHeads, batch, observe, in: product, on: path)
            }
        }
    }

    /// Heads that read the same rows and the same input, in the order in which they are met.
    private func sharing(_ activeHeads: [ActiveHead]) -> [(vectors: BatchVectors, activeHeads: [ActiveHead])] {
        var groups: [(vectors: BatchVectors, activeHeads: [ActiveHead])] = []
        var groupOf: [VectorKey: Int] = [:]
        for active in activeHeads {
            guard case .pooled(let input) = active.head.network.probe.reading else { continue }
            let key = VectorKey(rows: ObjectIdentifier(members[active.member].rows), input: input)
            guard let vectors = batchVectors[key] else { continue }
            if let group = groupOf[key] {
                groups[group].activeHeads.append(active)
            } else {
                groupOf[key] = groups.count
                groups.append((vectors, [active]))
            }
        }
        return groups
    }

    private static func train(
        _ activeHeads: [ActiveHead], _ batch: NormalizedBatch<Float>, _ observe: (Int, Double) -> Void,
        in product: LinearProduct, on path: KernelPath
    ) {
        let (weights, gradients, logits) = (product.weights, product.gradients, product.logits)
        var ranges: [(ActiveHead, Range<Int>)] = []
        for active in activeHeads {
            let first = ranges.last?.1.upperBound ?? 0
            ranges.append((active, first..<first + active.classes))
            weights.rows(first..<first + active.classes).copy(
                from: active.head.network.headWeight(active.head.state.parameters))
        }
        multiply(batch.values, weights, transposed: true, into: logits, on: path)
        for (active, range) in ranges {
            guard let targets = active.rows.targets else { continue }
            let loss = active.head.network.differentiate(
                logits.columns(range), batch, objective: targets.objective, state: active.head.state,
                gradients: active.slot.gradients, on: path)
            observe(active.member, loss)
        }
        multiply(logits, transposed: true, batch.values, into: gradients, on: path)
        for (active, range) in ranges {
            active.head.network.headWeight(active.slot.gradients).copy(from: gradients.rows(range))
        }
    }
}

/// What one product of several linear heads reads and writes. C counts the classes of all of them.
private struct LinearProduct {
    /// W and ∂W: `[C, D_o]`.
    let weights, gradients: MatrixView<Float>
    /// `[n, C]`, then their gradient.
    let logits: MatrixView<Float>

    init(columns: Int, width: Int, rows: Int, in layout: inout BlockLayout<Float>) {
        weights = layout.matrix(rows: columns, columns: width, "linear heads' weights")
        gradients = layout.matrix(rows: columns, columns: width, "linear heads' gradients")
        logits = layout.matrix(rows: rows, columns: columns, "linear heads' logits")
    }

    static func extent(columns: Int, width: Int, rows: Int) -> Int {
        BlockLayout.extent { _ = LinearProduct(columns: columns, width: width, rows: rows, in: &$0) }
    }
}

extension HeadBatch.ActiveHead {
    fileprivate var classes: Int { head.network.probe.shape.classes }
}

/// A pool of memory that threads borrow and return, so that no step allocates.
final class MemoryPool: Sendable {
    private let free = Mutex<[PooledBlock]>([])

    private struct PooledBlock: @unchecked Sendable {
        // Sendable because only who has taken it from the list uses it.
        let matrix: Matrix<Float>
    }

    /// - Parameter count: Elements of the block that the body lays out; they hold anything.
    func lend(_ count: Int, _ body: (inout BlockLayout<Float>) -> Void) {
        var known = free.withLock { $0.popLast() }
        // What is too small goes before its successor comes.
        if let block = known, block.matrix.columns < count { known = nil }
        let block = known ?? PooledBlock(matrix: Matrix(rows: 1, columns: count))
        var layout = BlockLayout(of: block.matrix)
        body(&layout)
        free.withLock { $0.append(block) }
    }
}
