import Foundation
import Synchronization

/// Commands to a polling thread, in order and bounded in bytes.
final class SendQueue<Address: Sendable>: Sendable {
    struct OutgoingMessage: Sendable {
        var address: Address
        var bytes: Data
    }

    private struct State {
        var messages: [OutgoingMessage] = []
        var bytes = 0
        var closed = false
    }

    private let state = Mutex(State())
    private let capacity: Int
    private let wakeUp: WakeUp

    /// - Parameter capacity: bytes that may be queued.
    init(capacity: Int, wakeUp: WakeUp) {
        self.capacity = capacity
        self.wakeUp = wakeUp
    }

    func append(_ message: OutgoingMessage) -> SendOutcome {
        let (outcome, wasEmpty) = state.withLock { state -> (SendOutcome, Bool) in
            guard !state.closed else { return (.closed, false) }
            guard state.bytes + message.bytes.count <= capacity else { return (.full, false) }
            state.messages.append(message)
            state.bytes += message.bytes.count
            return (.queued, state.messages.count == 1)
        }
        // Signal only on empty -> non-empty.
        if wasEmpty { wakeUp.signal() }
        return outcome
    }

    func takeAll() -> [OutgoingMessage] {
        state.withLock { state in
            var taken: [OutgoingMessage] = []
            swap(&taken, &state.messages)
            state.bytes = 0
            return taken
        }
    }

    var isEmpty: Bool { state.withLock { $0.messages.isEmpty } }

    func close() {
        state.withLock { $0.closed = true }
        wakeUp.signal()
    }

    var isClosed: Bool { state.withLock { $0.closed } }
}

/// The outcome of handing over a message.
package enum SendOutcome: Sendable, Equatable {
    /// It was queued; if its receiver is lost, an event says so.
    case queued
    /// Too much is queued: try again later.
    case full
    /// A worker or client has no connection to the coordinator now.
    case notConnected
    /// The endpoint was closed.
    case closed
}
