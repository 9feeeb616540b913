import Cluster
import Foundation
import Synchronization

/// Signals of a process that takes a while to start: one that comes meanwhile ends it in order at once, with status 0, and
/// later ones go to what was started.
final class StartSignals: Sendable {
    private struct State {
        var undo: [@Sendable () -> Void] = []
        var handler: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let signals = Mutex<Signals?>(nil)

    init(_ numbers: [Int32]) {
        let sources = Signals(numbers) { [weak self] _ in self?.arrive() }
        signals.withLock { $0 = sources }
    }

    /// Makes something that an end before the start takes back; what was made last goes first. A signal that comes meanwhile
    /// waits until it is made.
    func making<Made: Sendable, Failure: Error>(
        _ make: () throws(Failure) -> Made, undo: @escaping @Sendable (Made) -> Void
    ) throws(Failure) -> Made {
        try state.withLock { state throws(Failure) in
            let made = try make()
            state.undo.append { undo(made) }
            return made
        }
    }

    /// Ends the start: signals go to the handler from now on.
    func pass(to handler: @escaping @Sendable () -> Void) { state.withLock { $0.handler = handler } }

    private func arrive() {
        state.withLock { state in
            if let handler = state.handler { return handler() }
            for body in state.undo.reversed() { body() }
            // Other threads are in the middle of starting, and nothing is to run for them.
            _exit(0)
        }
    }
}
