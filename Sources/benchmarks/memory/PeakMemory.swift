import Foundation
import Numerics
import Synchronization

/// The most memory that the process was seen to hold above what it held at the start, by a thread that looks every
/// millisecond; mapped files are not in it.
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

    /// Ends looking.
    func end() { isDone.store(true, ordering: .relaxed) }

    /// Above the start.
    var megabytes: Double { Double(peak.load(ordering: .relaxed) - start) / 1e6 }
}
