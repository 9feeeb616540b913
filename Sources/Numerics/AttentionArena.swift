internal import CKernels
internal import Synchronization

/// Memory that a core keeps from call to call, so that training allocates nothing in steady state.
final class AttentionArena<S: Scalar>: Sendable {
    private struct State: @unchecked Sendable {
        // Reached only through the mutex; a scratch is in the list exactly while no thread uses it.
        var idle: [AttentionScratch<S>] = []
        let shared = Slab<S>()
        var memory: UnsafeMutablePointer<S>?
        var capacity = 0
        var taken = 0
    }

    private let state = Mutex(State())

    /// Releases what `take` handed out, at the start of a call that takes this many elements in all.
    func reset(capacity: Int) {
        state.withLock { state in
            state.memory = state.shared.atLeast(capacity)
            (state.capacity, state.taken) = (capacity, 0)
        }
    }

    /// Memory for `count` elements that stays until `reset`.
    func take(_ count: Int) -> UnsafeMutablePointer<S> {
        state.withLock { state in
            let start = state.taken
            state.taken += Self.padded(count)
            guard let memory = state.memory, state.taken <= state.capacity else {
                preconditionFailure("\(state.taken) elements of \(state.capacity)")
            }
            return memory + start
        }
    }

    /// Rounds up to the next cache line.
    static func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 }

    /// Lends scratch memory to the calling thread.
    func withScratch(_ body: (AttentionScratch<S>) -> Void) {
        let scratch = state.withLock { $0.idle.popLast() } ?? AttentionScratch()
        body(scratch)
        state.withLock { $0.idle.append(scratch) }
    }
}

/// Memory that grows to what was asked for and stays.
final class Slab<Element> {
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
    let tokens = Slab<S>()
    let adjustedTokens = Slab<S>()
    let packed = Slab<S>()
    let attention = Slab<S>()
    let weights = Slab<S>()
    let folded = Slab<S>()
    let sums = Slab<S>()
    let normalisation = Slab<S>()
    let inputs = Slab<UnsafeRawPointer?>()
    let queries = Slab<UnsafeRawPointer?>()
    let outputs = Slab<UnsafeMutableRawPointer?>()
    let regions = Slab<ck_region>()
}
