import DequeModule
import Dispatch
import Synchronization

/// The one door into a service: any thread posts facts, the service's own thread takes them in order.
///
/// A service is a loop over this queue, so its state needs no lock and its decisions have an order.
final class EventQueue<Event: Sendable>: Sendable {
    private let waiting = Mutex<Deque<Event>>([])
    private let arrivals = DispatchSemaphore(value: 0)

    func post(_ event: Event) {
        waiting.withLock { $0.append(event) }
        arrivals.signal()
    }

    /// The oldest event, or nil when none came within the time.
    func next(within nanoseconds: Int64) -> Event? {
        let deadline = DispatchTime.now() + .nanoseconds(Int(clamping: max(0, nanoseconds)))
        guard arrivals.wait(timeout: deadline) == .success else { return nil }
        return waiting.withLock { $0.popFirst() }
    }
}
