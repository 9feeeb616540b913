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
        max(widestProduct, network.probe.shape.classes) * (2 * network.probe.outputWidth + capacity)
    }

    /// Gradients of all linear heads on the present batch, in their slots.
    func trainLinear(_ places: [Place], _ observe: @Sendable (Int, Double) -> Void) {
        let groups = sharing(places)
        guard !groups.isEmpty else { return }
        let path = context.path
        let normalized = SlotArray<NormalizedBatch<Float>>(count: groups.count)
        context.threads.forEach(groups.count) { normalized[$0] = groups[$0].vectors.normalized(on: path) }
        let columns = groups.reduce(0) { $0 + $1.places.reduce(0) { $0 + $1.classes } }
        let limit = Self.widest(columns, threads: context.threads.threads)
        let parts = groups.indices.flatMap { group in
            ChunkPlan(extents: groups[group].places.map(\.classes), limit: limit).chunks
                .map { (group, Array(groups[group].places[$0])) }
        }
        context.threads.forEach(parts.count) { [linearMemory] index in
            guard let batch = normalized[parts[index].0] else { return }
            linearMemory.lend(Self.extent(parts[index].1, batch.values)) {
                Self.train(parts[index].1, batch, observe, in: $0, on: path)
            }
        }
    }

    /// Heads that read the same rows and the same input, in the order in which they are met.
    private func sharing(_ places: [Place]) -> [(vectors: BatchVectors, places: [Place])] {
        var groups: [(vectors: BatchVectors, places: [Place])] = []
        var groupOf: [VectorKey: Int] = [:]
        for place in places {
            guard case .pooled(let input) = place.head.network.probe.reading else { continue }
            let key = VectorKey(rows: ObjectIdentifier(members[place.member].rows), input: input)
            guard let vectors = batchVectors[key] else { continue }
            if let group = groupOf[key] {
                groups[group].places.append(place)
            } else {
                groupOf[key] = groups.count
                groups.append((vectors, [place]))
            }
        }
        return groups
    }

    /// Elements of W, of its gradient and of the logits of some heads together.
    private static func extent(_ places: [Place], _ values: MatrixView<Float>) -> Int {
        places.reduce(0) { $0 + $1.classes } * (2 * values.columns + values.rows)
    }

    private static func train(
        _ places: [Place], _ batch: NormalizedBatch<Float>, _ observe: (Int, Double) -> Void,
        in memory: UnsafeMutablePointer<Float>, on path: KernelPath
    ) {
        let (columns, width) = (places.reduce(0) { $0 + $1.classes }, batch.values.columns)
        let weights = MatrixView(pointer: memory, rows: columns, columns: width)
        let gradients = MatrixView(pointer: memory + columns * width, rows: columns, columns: width)
        let logits = MatrixView(pointer: memory + 2 * columns * width, rows: batch.values.rows, columns: columns)
        var ranges: [(Place, Range<Int>)] = []
        for place in places {
            let first = ranges.last?.1.upperBound ?? 0
            ranges.append((place, first..<first + place.classes))
            weights.rows(first..<first + place.classes).copy(
                from: place.head.network.headWeight(place.head.state.parameters))
        }
        multiply(batch.values, weights, transposed: true, into: logits, on: path)
        for (place, range) in ranges {
            guard let targets = place.rows.targets else { continue }
            let loss = place.head.network.differentiate(
                logits.columns(range), batch, objective: targets.objective, state: place.head.state,
                gradients: place.slot.gradients, on: path)
            observe(place.member, loss)
        }
        multiply(logits, transposed: true, batch.values, into: gradients, on: path)
        for (place, range) in ranges {
            place.head.network.headWeight(place.slot.gradients).copy(from: gradients.rows(range))
        }
    }
}

extension HeadBatch.Place {
    fileprivate var classes: Int { head.network.probe.shape.classes }
}

/// A pool of memory that threads borrow and return, so that no step allocates.
final class LentMemory: Sendable {
    private let free = Mutex<[Loan]>([])

    private struct Loan: @unchecked Sendable {
        // Sendable because only who has taken it from the list uses it.
        let matrix: Matrix<Float>
    }

    /// - Parameter count: Elements that the body may use; they hold anything.
    func lend(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
        var known = free.withLock { $0.popLast() }
        // What is too small goes before its successor comes.
        if let loan = known, loan.matrix.columns < count { known = nil }
        let loan = known ?? Loan(matrix: Matrix(rows: 1, columns: count))
        body(loan.matrix.elements)
        free.withLock { $0.append(loan) }
    }
}
