import Cluster
import Foundation
import Synchronization

/// Samples the coordinator's state for the history that its page shows, on a thread of its own.
final class HistoryRecorder: Sendable {
    private let state = Mutex(State())

    private struct State {
        var history = History()
        var isStopped = false
    }

    /// - Parameter overview: Nil where the coordinator does not respond; that moment is left out.
    init(_ overview: @escaping @Sendable () -> Overview?) {
        let thread = Thread { [self] in
            let start = ContinuousClock.now
            while !state.withLock(\.isStopped) {
                if let overview = overview() {
                    let time = (ContinuousClock.now - start) / .seconds(1)
                    state.withLock { $0.history.add(overview, at: time) }
                }
                Thread.sleep(forTimeInterval: History.period)
            }
        }
        thread.name = "history"
        thread.start()
    }

    var history: History { state.withLock(\.history) }

    /// The thread ends within a period.
    func stop() { state.withLock { $0.isStopped = true } }
}
