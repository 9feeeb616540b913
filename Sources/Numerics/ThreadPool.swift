internal import Foundation
internal import Synchronization

/// A fixed set of threads that share the iterations of a loop.
///
/// Dynamic scheduling: iterations go one by one to whichever thread is free. A result must therefore not depend on the
/// thread; sums over iterations are made afterwards, in the order of iterations.
package final class ThreadPool: Sendable {
    /// Threads that work in `forEach`, including the caller's.
    package let threads: Int
    private let dispatcher: LoopDispatcher

    /// - Parameter processors: the processor that each thread keeps to; none for wherever the system puts it. The caller's
    ///   thread, the first, is the system's: threads that it starts would be held to its processor.
    package init(threads: Int, on processors: [Int] = []) {
        precondition(threads >= 1, "a pool of \(threads) threads")
        self.threads = threads
        let dispatcher = LoopDispatcher()
        self.dispatcher = dispatcher
        for index in 1..<max(threads, 1) {
            let own = index < processors.count ? processors[index] : nil
            let thread = Thread {
                if let own { ProcessorAffinity.allow([own]) }
                dispatcher.work()
            }
            thread.name = "numerics-\(index)"
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    deinit {
        dispatcher.stop()
    }

    /// Calls the body once for each index in 0..<count, on all threads of the pool, and returns when all calls have.
    ///
    /// Calls from several threads at once take turns. The body must not call `forEach` of the same pool.
    package func forEach(_ count: Int, _ body: @Sendable (Int) -> Void) {
        guard threads > 1, count > 1 else {
            for index in 0..<count { body(index) }
            return
        }
        // The closure is called only before `run` returns, so it does not actually escape.
        withoutActuallyEscaping(body) { dispatcher.run(Loop(count: count, body: $0)) }
    }
}

/// One loop in progress.
private final class Loop: @unchecked Sendable {
    // Sendable because `body` changes only when no thread works on the loop any more, and none can begin.
    let count: Int
    private var body: (@Sendable (Int) -> Void)?
    private let next = Atomic(0)

    init(count: Int, body: @escaping @Sendable (Int) -> Void) {
        self.count = count
        self.body = body
    }

    func work() {
        guard let body else { return }
        while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            body(index)
        }
    }

    /// Drops the body, which must not outlive its caller; a thread may hold the loop for a moment longer.
    func end() {
        body = nil
    }
}

/// Hands loops to the pool's threads, and lets callers wait for their end.
///
/// Both spin for some microseconds before they sleep: a training step has a hundred short loops, and waking a thread
/// takes longer than many of them.
private final class LoopDispatcher: @unchecked Sendable {
    // Every stored property but locks and atomics is read and written only while `condition` is held.
    private let condition = NSCondition()
    private let callerLock = NSLock()
    private var loop: Loop?
    private let generation = Atomic(0)
    private let helpers = Atomic(0)
    private var stopped = false

    func run(_ loop: Loop) {
        callerLock.lock()
        defer { callerLock.unlock() }
        condition.lock()
        self.loop = loop
        generation.wrappingAdd(1, ordering: .releasing)
        condition.broadcast()
        condition.unlock()
        loop.work()
        condition.lock()
        // From here no thread can join the loop; those inside finish their last iteration.
        self.loop = nil
        condition.unlock()
        spin { helpers.load(ordering: .acquiring) == 0 }
        condition.lock()
        while helpers.load(ordering: .acquiring) > 0 { condition.wait() }
        condition.unlock()
        loop.end()
    }

    func work() {
        var seen = 0
        while true {
            spin { generation.load(ordering: .relaxed) != seen }
            condition.lock()
            while !stopped && (loop == nil || generation.load(ordering: .relaxed) == seen) { condition.wait() }
            guard !stopped, let loop else { return condition.unlock() }
            seen = generation.load(ordering: .relaxed)
            helpers.wrappingAdd(1, ordering: .relaxed)
            condition.unlock()
            loop.work()
            condition.lock()
            if helpers.wrappingSubtract(1, ordering: .releasing).newValue == 0 { condition.broadcast() }
            condition.unlock()
        }
    }

    func stop() {
        condition.lock()
        stopped = true
        condition.broadcast()
        condition.unlock()
    }

    /// Spins for ~20 µs, or until the condition holds.
    private func spin(until isDone: () -> Bool) {
        var remaining = 20_000
        while remaining > 0 && !isDone() { remaining -= 1 }
    }
}
