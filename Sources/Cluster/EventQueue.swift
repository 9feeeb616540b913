import Synchronization

/// A service's multi-producer, single-consumer queue: any thread posts events, the service's thread takes them in
/// order.
///
/// A service is a loop over this queue, so its state needs no lock and its decisions are ordered. It drains the queue
/// each time: what piled up while it was busy is handled as a batch.
final class EventQueue<Event: Sendable>: Sendable {
    private let waiting = Mutex<[Event]>([])
    private let arrivals = MonotonicCondition()

    func post(_ event: Event) {
        let isFirst = waiting.withLock { waiting in
            waiting.append(event)
            return waiting.count == 1
        }
        // Signal only on empty -> non-empty.
        if isFirst { arrivals.ring() }
    }

    /// Everything that is queued, oldest first; empty on timeout.
    func takeAll(within nanoseconds: Int64) -> [Event] {
        guard arrivals.wait(atMost: nanoseconds) else { return [] }
        return waiting.withLock { waiting in
            var taken: [Event] = []
            swap(&taken, &waiting)
            return taken
        }
    }
}
