internal import CKernels
internal import Synchronization

/// Memory that a core keeps from call to call, so that training allocates nothing in steady state.
final class AttentionArena<S: Scalar>: Sendable {
    private struct State: @unchecked Sendable {
        // Reached only through the mutex; a scratch is in the list exactly while no thread uses it.
        var idle: [AttentionScratch<S>] = []
        let shared = ScratchBuffer<S>()
    }

    private let state = Mutex(State())

    /// Gives a call the parts of memory that its threads share. They stay until the next call.
    ///
    /// - Parameter layOut: Takes the parts; run twice, the first time to measure.
    func place(_ layOut: (inout BlockLayout<S>) -> Void) {
        let extent = BlockLayout<S>.extent(of: layOut)
        state.withLock { state in
            var layout = BlockLayout(
                of: UnsafeMutableBufferPointer(start: state.shared.atLeast(extent), count: extent))
            layOut(&layout)
        }
    }

    /// Lends scratch memory to the calling thread.
    func withScratch(_ body: (AttentionScratch<S>) -> Void) {
        let scratch = state.withLock { $0.idle.popLast() } ?? AttentionScratch()
        body(scratch)
        state.withLock { $0.idle.append(scratch) }
    }
}

/// Memory that grows to what was asked for and stays.
final class ScratchBuffer<Element> {
    private var memory: UnsafeMutablePointer<Element>?
    private var count = 0

    /// Room for so many elements; what was there before is lost when it has to grow.
    func atLeast(_ wanted: Int) -> UnsafeMutablePointer<Element> {
        if let memory, count >= wanted { return memory }
        memory?.deallocate()
        let grown = allocateAligned(wanted, of: Element.self)
        memory = grown
        count = wanted
        return grown
    }

    deinit {
        memory?.deallocate()
    }
}

/// What one thread needs for one sample.
final class AttentionScratch<S: Scalar>: @unchecked Sendable {
    // Used by one thread at a time: `AttentionArena.withScratch` takes it off the list meanwhile.
    let tokens = ScratchBuffer<S>()
    let adjustedTokens = ScratchBuffer<S>()
    let packed = ScratchBuffer<S>()
    let attention = ScratchBuffer<S>()
    let weights = ScratchBuffer<S>()
    let folded = ScratchBuffer<S>()
    let normalisation = ScratchBuffer<S>()
    let inputs = ScratchBuffer<UnsafeRawPointer?>()
    let queries = ScratchBuffer<UnsafeRawPointer?>()
    let outputs = ScratchBuffer<UnsafeMutableRawPointer?>()
    let regions = ScratchBuffer<ck_region>()
}

/// Elements that one sample of one group takes of a thread's scratch memory, at most.
struct ScratchExtent<S: Scalar> {
    /// Lanes of the group's panels.
    let lanes: Int
    /// T, with the extra tokens.
    let tokens: Int
    /// D.
    let width: Int

    /// The tokens in blocks of elements of S.
    var form: Int { tokens * blockedWidth }
    /// A, or its gradient.
    var weights: Int { lanes * tokens }
    /// Weights of tokens whose norm is folded, and the shift of each lane.
    var folded: Int { lanes * (tokens + 1) }
    /// Queries, or ζ, in panels, and the sums of each lane.
    var packed: Int { lanes * (width + 1) }
    /// r and μ of each token.
    var normalisation: Int { 2 * tokens }
    /// The tokens ahead, and for each segment its attention and its gradient.
    var regions: Int { 1 + 2 * lanes }

    /// All that `AttentionScratch` holds, in elements of S, and the weights that kernels pack once more for themselves.
    var total: Int {
        let pointers = 3 * lanes * MemoryLayout<UnsafeRawPointer?>.stride + regions * MemoryLayout<ck_region>.stride
        return 2 * form + 2 * weights + 2 * folded + packed + normalisation + pointers / MemoryLayout<S>.stride
    }

    private var blockedWidth: Int { (width + Int(CK_BLOCK) - 1) / Int(CK_BLOCK) * Int(CK_BLOCK) }
}
