import Foundation
package import Results
import Synchronization

/// Reads a sweep's best rows from time to time, beside whatever else its process does.
package final class LeaderWatch: Sendable {
    /// Seconds between two reads, and how many times as long as a read the pause behind it is at least.
    private static let (pause, pauses) = (10.0, 20.0)

    private struct State {
        var leaders: [Leader] = []
        var isReading = false
        var nextRead = ContinuousClock.now
    }

    private let state = Mutex(State())
    private let read: @Sendable () async throws -> [Leader]

    /// - Parameter read: what makes the rows; one that fails is asked again.
    package init(_ read: @escaping @Sendable () async throws -> [Leader]) { self.read = read }

    /// Begins a read if it is time for one.
    ///
    /// - Returns: The rows as last read; nothing before the first read has ended.
    package func poll() -> [Leader] {
        let (leaders, isDue) = state.withLock { state in
            let isDue = !state.isReading && state.nextRead <= .now
            if isDue { state.isReading = true }
            return (state.leaders, isDue)
        }
        if isDue { Task.detached(priority: .background) { await self.update() } }
        return leaders
    }

    private func update() async {
        let start = ContinuousClock.now
        let leaders = try? await read()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        state.withLock { state in
            if let leaders { state.leaders = leaders }
            state.isReading = false
            state.nextRead = .now + .seconds(max(Self.pause, Self.pauses * seconds))
        }
    }
}
