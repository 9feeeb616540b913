import Features
import Numerics

/// Prefetches a layer's tokens a block of samples at a time, and evicts them behind: for what reads all of them once, on
/// several threads, after ``ReadAhead`` has turned the kernel's own read-ahead off.
///
/// Only for layers that ``ReadAhead`` treats in the same manner.
struct BlockReading: Sendable {
    private let layer: LayerTokens
    private let need: PagingNeed

    /// - Parameter memory: Bytes that the machine has.
    init(_ layer: LayerTokens, memory: Int = MachineMemory.bytes) {
        self.layer = layer
        need = PagingNeed(layer, memory: memory)
    }

    /// Computes with the tokens of some samples; they are evicted when the computation returns.
    func read(_ samples: some Sequence<Int>, _ compute: () -> Void) {
        guard need.isPrefetched else { return compute() }
        let samples = samples.sorted()
        layer.readAhead(samples)
        compute()
        if need.isEvicted { layer.letGo(samples) }
    }
}

/// What a layer's pages need, by how much of the memory they take.
struct PagingNeed: Sendable {
    /// More than half: pages must be asked for. If they stay anyway, asking is wasted.
    let isPrefetched: Bool
    /// More than three quarters: pages could not stay until they are read again.
    let isEvicted: Bool

    /// - Parameter memory: Bytes that the machine has.
    init(_ layer: LayerTokens, memory: Int) {
        let bytes = layer.bytes
        isPrefetched = bytes > memory / 2
        isEvicted = bytes > memory / 4 * 3
    }
}
