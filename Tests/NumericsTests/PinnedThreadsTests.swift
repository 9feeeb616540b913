import Foundation
import Synchronization
import Testing

@testable import Numerics

@Suite("Threads on processors of their own")
struct PinnedThreadsTests {
    /// The processors that each of the pool's threads may run on; every thread has one iteration.
    private func affinities(_ pool: ThreadPool) -> [[Int]] {
        let seen = Mutex<[[Int]]>([])
        let arrived = Atomic(0)
        pool.forEach(pool.threads) { _ in
            seen.withLock { $0.append(ProcessorAffinity.allowed) }
            arrived.wrappingAdd(1, ordering: .relaxed)
            // Holds the thread until all are here, so that none takes two.
            while arrived.load(ordering: .relaxed) < pool.threads { Thread.sleep(forTimeInterval: 0.001) }
        }
        return seen.withLock { $0.sorted { $0.lexicographicallyPrecedes($1) } }
    }

    @Test("Each keeps to its processor, and the caller stays where the system puts it")
    func pinned() {
        let allowed = ProcessorAffinity.allowed
        // The last processor, so that threads that merely begin on the first are told from pinned ones.
        let pool = ThreadPool(threads: 3, on: [allowed[0], allowed[0], allowed[allowed.count - 1]])
        let expected = [allowed, [allowed[0]], [allowed[allowed.count - 1]]]
        #expect(affinities(pool) == expected.sorted { $0.lexicographicallyPrecedes($1) })
        #expect(ProcessorAffinity.allowed == allowed)
    }

    @Test("Without processors every thread may run on all")
    func free() {
        #expect(affinities(ThreadPool(threads: 3)) == Array(repeating: ProcessorAffinity.allowed, count: 3))
    }

    @Test("A processor that is not there pins nothing, and the loop ends")
    func missing() {
        let pool = ThreadPool(threads: 2, on: [8_000, 8_000])
        #expect(affinities(pool) == Array(repeating: ProcessorAffinity.allowed, count: 2))
    }
}
