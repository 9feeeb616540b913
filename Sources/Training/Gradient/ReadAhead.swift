import Dispatch
import Features
import Numerics

/// Prefetches the tokens of the next batches while the current one is being computed, and evicts those of past ones.
///
/// Only for layers that are too large to stay (``PagingNeed``). In block order, a whole window of blocks is prefetched, a
/// block at a time, and evicted when it is done; in random order, the next batch is.
final class ReadAhead {
    private let layer: LayerTokens
    /// The layer's sample of each row of the task.
    private let samples: [Int]
    private let need: PagingNeed
    /// A request blocks while the disk's queue is full, and training must not wait for it.
    private let queue = DispatchQueue(label: "probesweep.read-ahead")
    private var rows: [Int] = []
    private var windows: [Range<Int>] = []
    private var letsGo = false
    /// The windows that were asked for, and those that were let go of.
    private var (asked, left) = (0, 0)

    /// - Parameter memory: Bytes that the machine has.
    init(_ layer: LayerTokens, samples: [Int], memory: Int = MachineMemory.bytes) {
        self.layer = layer
        self.samples = samples
        need = PagingNeed(layer, memory: memory)
        if need.isPrefetched { layer.readAsAsked() }
    }

    /// An epoch begins.
    ///
    /// - Parameter batch: B.
    func begin(_ order: EpochOrder, batch: Int) {
        guard need.isPrefetched else { return }
        let batches = stride(from: 0, to: order.rows.count, by: batch).map { $0..<min($0 + batch, order.rows.count) }
        start(order.rows, windows: order.windows.isEmpty ? batches : order.windows, letsGo: !order.windows.isEmpty)
    }

    /// Rows are visited in rising order, a batch at a time.
    func begin(rising rows: [Int], batch: Int) {
        guard need.isPrefetched else { return }
        let batches = stride(from: 0, to: rows.count, by: batch).map { $0..<min($0 + batch, rows.count) }
        start(rows, windows: batches, letsGo: true)
    }

    private func start(_ rows: [Int], windows: [Range<Int>], letsGo: Bool) {
        (self.rows, self.windows, self.letsGo) = (rows, windows, letsGo)
        (asked, left) = (0, 0)
    }

    /// A batch begins at a place of the order: everything before it has been visited.
    func reach(_ place: Int) {
        guard need.isPrefetched else { return }
        while left < windows.count, windows[left].upperBound <= place {
            if letsGo && need.isEvicted { post(windows[left]) { $0.letGo($1) } }
            left += 1
        }
        while asked < min(left + 2, windows.count) {
            post(windows[asked]) { $0.readAhead($1) }
            asked += 1
        }
    }

    private func post(_ window: Range<Int>, _ advise: @escaping @Sendable (LayerTokens, [Int]) -> Void) {
        let wanted = rows[window].map { samples[$0] }.sorted()
        queue.async { [layer] in advise(layer, wanted) }
    }
}
