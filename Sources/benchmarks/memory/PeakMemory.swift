import Foundation
import Numerics
import Synchronization

/// The process's peak memory above that at the start, sampled every millisecond by a thread; mapped files do not count.
final class PeakMemory: Sendable {
    private let start: Int
    private let peak: Atomic<Int>
    private let isDone = Atomic(false)

    init() {
        ProcessMemory.returnFreed()
        start = ProcessMemory.anonymous
        peak = Atomic(start)
        let thread = Thread { [self] in
            while !isDone.load(ordering: .relaxed) {
                sample()
                usleep(1000)
            }
        }
        thread.name = "peak"
        thread.start()
    }

    private func sample() {
        let now = ProcessMemory.anonymous
        if now > peak.load(ordering: .relaxed) { peak.store(now, ordering: .relaxed) }
    }

    /// Stops sampling.
    func end() { isDone.store(true, ordering: .relaxed) }

    /// Above the start.
    var megabytes: Double { Double(peak.load(ordering: .relaxed) - start) / 1e6 }
}
