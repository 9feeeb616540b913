import Features
import Numerics
import Probes
import Units

/// What units of one stream need while they train together, in bytes: planned before the first of them is begun.
struct GroupFootprint {
    /// Tells the rows of units apart: equal ones share their tables.
    private struct RowsKey: Hashable {
        let task: TaskReference
        let classWeights: String?
        let fold: FoldReference
        let selection: SelectionSettings
        let shots: Shots?
    }

    /// One list of rows of a unit.
    private struct ListKey: Hashable {
        let rows: RowsKey
        let list: Int
    }

    private static var element: Int { MemoryLayout<Float>.size }

    private let capacity: Int
    private let taskRows: Int
    /// Rows that an epoch visits, each as often as it does.
    private let visits: Int
    private let context: PassContext
    /// Heads in training, with their moments, the best and the first ones.
    private var heads = 0
    private var lists: [RowsKey: Int] = [:]
    private var shared: SharedFootprint
    /// The largest head at work, and the largest unit.
    private var (slot, largest) = (0, 0)

    /// - Parameter capacity: B.
    private init(capacity: Int, taskRows: Int, visits: Int, _ context: PassContext) {
        self.capacity = capacity
        self.taskRows = taskRows
        self.visits = visits
        self.context = context
        shared = SharedFootprint(context, capacity: capacity)
    }

    /// Of one unit.
    init(_ unit: GradientUnit, _ context: PassContext) {
        self.init(
            capacity: unit.batches.size, taskRows: unit.prepared.task.samples.count,
            visits: unit.batches.stepsPerEpoch * unit.batches.size, context)
        add(unit)
    }

    private mutating func add(_ unit: GradientUnit) {
        let (prepared, network) = (unit.prepared, unit.network)
        let rows = prepared.rows
        let key = RowsKey(
            task: prepared.unit.task, classWeights: prepared.unit.solver.classWeights, fold: prepared.unit.fold,
            selection: prepared.unit.solver.selection, shots: prepared.unit.shots)
        heads += unit.bytes
        largest = max(largest, unit.bytes)
        // Membership of every row, and standardised targets, for each list; the lists themselves are the units'.
        lists[key] = (2 * rows.inner.count + 2) * 6 * taskRows
        let tested = max(rows.test.count, prepared.testedTrainingRows.count) * prepared.outputs
        let compared = (rows.inner.map(\.validation.count).max() ?? 0) * prepared.outputs
        for list in 0..<2 * rows.inner.count + 1 {
            shared.add(network, rows: ListKey(rows: key, list: list), outputs: max(tested, compared))
        }
        let extent = HeadWorkspace.extent(network, capacity: capacity, tokens: TokenExtent(context))
        let beside = HeadWorkspace.coreExtent(network) + max(2 * tested, compared)
        slot = max(slot, (extent + beside) * Self.element)
    }

    /// Bytes that stay from batch to batch.
    var kept: Int {
        heads + lists.values.reduce(0, +) + Self.bookkeeping + max(4 * taskRows, 2 * visits) * MemoryLayout<Int>.size
    }

    /// Bytes that checkpoints take while they are written: a unit on each thread, as it is and as it is stored.
    var saving: Int { context.checkpoints == nil ? 0 : 2 * context.threads.threads * largest }

    /// Bytes that the units cannot do with less of: one head at work at a time, or all heads as checkpoints left them.
    var least: Int {
        let working = shared.extent * Self.element + slot + saving
        return kept + max(working, context.checkpoints == nil ? 0 : heads)
    }

    /// Objects, closures and lists whose size no setting changes much.
    private static let bookkeeping = 1 << 20

    /// Cuts the units of a stream, each of which fits by itself, into parts that train one after the other.
    static func parts(
        of stream: GradientGroup, _ context: PassContext
    ) -> [(units: [GradientUnit], memory: GroupFootprint)] {
        var parts: [(units: [GradientUnit], memory: GroupFootprint)] = []
        for unit in stream.units {
            if var memory = parts.last?.memory {
                memory.add(unit)
                if memory.least <= context.freeMemory && memory.kept <= context.freeMemory / 2 {
                    parts[parts.count - 1].units.append(unit)
                    parts[parts.count - 1].memory = memory
                    continue
                }
            }
            parts.append(([unit], GroupFootprint(unit, context)))
        }
        return parts
    }
}
