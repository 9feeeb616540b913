import Synchronization

/// The one door into a service: any thread posts facts, the service's own thread takes them in order.
///
/// A service is a loop over this queue, so its state needs no lock and its decisions have an order. It takes all that
/// waits at once: what gathered while it was busy can be dealt with together.
final class EventQueue<Event: Sendable>: Sendable {
    private let waiting = Mutex<[Event]>([])
    private let arrivals = Bell()

    func post(_ event: Event) {
        let isFirst = waiting.withLock { waiting in
            waiting.append(event)
            return waiting.count == 1
        }
        // One ring is enough for everything that is posted until the service takes it.
        if isFirst { arrivals.ring() }
    }

    /// Everything that waits, oldest first; nothing when nothing came within the time.
    func takeAll(within nanoseconds: Int64) -> [Event] {
        guard arrivals.wait(atMost: nanoseconds) else { return [] }
        return waiting.withLock { waiting in
            var taken: [Event] = []
            swap(&taken, &waiting)
            return taken
        }
    }
}
