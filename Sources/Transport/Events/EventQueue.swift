import Synchronization

/// A service's multi-producer, single-consumer queue: any thread posts events, the service's thread takes them in
/// order.
///
/// A service is a loop over this queue, so its state needs no lock and its decisions are ordered. It drains the queue
/// each time: what piled up while it was busy is handled as a batch. Posting neither blocks nor drops; what comes off a
/// socket is bounded at the socket, by its share of the queue (see ``EventSink``).
package final class EventQueue<Event: Sendable>: Sendable {
    private struct State {
        var events: [Event] = []
        /// What each socket has in `events`, by the number of its sink; none for those that have nothing.
        var shares: [Int: QueueShare] = [:]
        var sinks = 0
    }

    private let state = Mutex(State())
    private let arrivals = MonotonicCondition()

    package init() {}

    package func post(_ event: Event) { append([event]) { _ in } }

    /// Everything that is queued, oldest first; empty on timeout.
    package func takeAll(within nanoseconds: Int64) -> [Event] {
        guard arrivals.wait(atMost: nanoseconds) else { return [] }
        let taken = state.withLock { state in
            var taken = State(sinks: state.sinks)
            swap(&taken, &state)
            return taken
        }
        for share in taken.shares.values where share.isFull { share.onTaken() }
        return taken.events
    }

    /// A way into the queue for one socket.
    ///
    /// - Parameters:
    ///   - capacity: events that may be queued, and the bytes of their messages, before the socket's share is full.
    ///   - event: what an event of the socket is in this queue.
    ///   - onTaken: called, from the service's thread, after it emptied the queue of a full share.
    func sink<Element>(
        capacity: (events: Int, bytes: Int), as event: @escaping @Sendable (Element) -> Event,
        onTaken: @escaping @Sendable () -> Void
    ) -> EventSink<Element> {
        let number = state.withLock { state in
            state.sinks += 1
            return state.sinks
        }
        let empty = QueueShare(capacity: capacity, onTaken: onTaken)
        return EventSink(
            isFull: { [self] in state.withLock { $0.shares[number]?.isFull ?? false } },
            append: { [self] elements, bytes in
                append(elements.map(event)) { $0.shares[number, default: empty].add(elements.count, bytes: bytes) }
            })
    }

    private func append(_ events: [Event], counting count: (inout State) -> Void) {
        guard !events.isEmpty else { return }
        let wasEmpty = state.withLock { state in
            let wasEmpty = state.events.isEmpty
            state.events += events
            count(&state)
            return wasEmpty
        }
        // Signal only on empty -> non-empty.
        if wasEmpty { arrivals.ring() }
    }
}

/// What one socket has in a queue.
private struct QueueShare: Sendable {
    let capacity: (events: Int, bytes: Int)
    let onTaken: @Sendable () -> Void
    private var events = 0
    private var bytes = 0

    init(capacity: (events: Int, bytes: Int), onTaken: @escaping @Sendable () -> Void) {
        self.capacity = capacity
        self.onTaken = onTaken
    }

    var isFull: Bool { events >= capacity.events || bytes >= capacity.bytes }

    mutating func add(_ events: Int, bytes: Int) {
        self.events += events
        self.bytes += bytes
    }
}
